// Requests to the dashboard's own API.

/** An answer that is no success: its message is fit for a person. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Gets JSON.
 * @param {string} path
 * @param {Record<string, any>} [query] empty values are left out
 * @param {AbortSignal} [signal]
 */
export function get(path, query, signal) {
  return send(path + queryString(query), { signal });
}

/** Posts, with the header that no other site's form can send. */
export function post(path, signal) {
  return send(path, { method: "POST", headers: { "X-Requested-With": "dashboard" }, signal });
}

/** A query string of the values that are not empty, with its question mark, or nothing. */
export function queryString(query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "" && value !== false) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text ? `?${text}` : "";
}

async function send(path, options) {
  let response;
  try {
    response = await fetch(path, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The dashboard does not answer. Is the AppHost still running?");
  }
  if (response.ok) return response.json();
  if (response.status === 401) {
    document.dispatchEvent(new CustomEvent("signed-out"));
    throw new ApiError(401, "This login has ended. Open the link that the AppHost prints.");
  }
  throw new ApiError(response.status, (await problem(response)) ?? `The dashboard answered ${response.status}.`);
}

async function problem(response) {
  if (!response.headers.get("content-type")?.includes("json")) return null;
  try {
    const body = await response.json();
    return body.detail ?? body.title ?? body.message ?? null;
  } catch {
    return null; // no JSON after all: the status says what can be said
  }
}
