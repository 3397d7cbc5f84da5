// What is remembered in this browser. Where storage is forbidden nothing is remembered, and everything works.

/** @returns {any} the value kept under a name, or the fallback */
export function recall(name, fallback) {
  try {
    return JSON.parse(localStorage.getItem(`dashboard.${name}`)) ?? fallback;
  } catch {
    return fallback;
  }
}

/** Keeps a value under a name. */
export function remember(name, value) {
  try {
    localStorage.setItem(`dashboard.${name}`, JSON.stringify(value));
  } catch {
    // full or forbidden: a preference is not worth a failure
  }
}
