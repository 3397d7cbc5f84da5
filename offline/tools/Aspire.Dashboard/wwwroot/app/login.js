// The login form: says when a token was wrong, takes a whole link as well as its token, and keeps the way back.

import { h } from "./lib/dom.js";

const query = new URLSearchParams(location.search);
const form = document.querySelector("form");
const token = document.getElementById("token");

if (query.has("t")) {
  document.getElementById("problem").hidden = false;
  token.setAttribute("aria-invalid", "true");
}

const back = query.get("returnUrl");
if (back?.startsWith("/") && !back.startsWith("//")) form.append(h("input", { type: "hidden", name: "returnUrl", value: back }));

form.addEventListener("submit", () => {
  const pasted = /[?&]t=([^&\s]+)/.exec(token.value);
  token.value = pasted ? decodeURIComponent(pasted[1]) : token.value.trim();
});
