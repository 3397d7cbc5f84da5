// Questions and answers: a confirmation, a text to read, and short messages at the edge of the page.

import { h } from "./dom.js";
import { icon } from "./icons.js";

/** A round or square button with an icon and a label for those who do not see it. */
export function iconButton(name, label, onclick, properties = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...properties }, icon(name));
}

/**
 * Asks; resolves to whether the answer was yes. Escape says no.
 * @returns {Promise<boolean>}
 */
export function confirm({ title, text, yes = "Yes" }) {
  return new Promise(resolve => {
    const dialog = h("dialog", { class: "dialog", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-text" },
      h("form", { method: "dialog" },
        h("h2", { id: "confirm-title" }, title),
        h("p", { id: "confirm-text" }, text),
        h("div", { class: "dialog-actions" },
          h("button", { class: "button", value: "no" }, "Cancel"),
          h("button", { class: "button primary", value: "yes", autofocus: true }, yes))));
    show(dialog, () => resolve(dialog.returnValue === "yes"));
  });
}

/** Shows a longer text, such as the result of a command. */
export function showText(title, text) {
  const dialog = h("dialog", { class: "dialog wide", "aria-labelledby": "text-title" },
    h("h2", { id: "text-title" }, title),
    h("pre", { class: "result", tabindex: 0, "aria-label": title, role: "region" }, text),
    h("div", { class: "dialog-actions" },
      copyButton(() => text, "Copy"),
      h("form", { method: "dialog" }, h("button", { class: "button primary", autofocus: true }, "Close"))));
  show(dialog);
}

/** Shows any content in a dialog with a heading and a button that closes it. */
export function showContent(title, ...content) {
  const dialog = h("dialog", { class: "dialog wide", "aria-labelledby": "content-title" },
    h("h2", { id: "content-title" }, title), ...content,
    h("div", { class: "dialog-actions" }, h("form", { method: "dialog" }, h("button", { class: "button primary", autofocus: true }, "Close"))));
  show(dialog);
}

function show(dialog, closed = () => {}) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.remove();
    closed();
  });
  dialog.addEventListener("click", event => {
    if (event.target === dialog) dialog.close("no"); // the backdrop
  });
  dialog.showModal();
}

const MessageMs = 8000, Messages = 4;

/**
 * A short message that is read aloud once and goes by itself; one of an error stays until it is closed.
 * @param {string} text
 * @param {"ok" | "error" | "info"} [level]
 * @param {{label: string, run: () => void}} [action]
 */
export function message(text, level = "info", action) {
  const area = document.getElementById("messages");
  const remove = () => element.remove();
  const element = h("div", { class: `message ${level}` },
    icon({ ok: "check", error: "warning", info: "circle" }[level]),
    h("p", null, text),
    action && h("button", { type: "button", class: "button small", onclick: () => { remove(); action.run(); } }, action.label),
    iconButton("close", "Close message", remove));
  area.append(element);
  while (area.childElementCount > Messages) area.firstElementChild.remove();
  if (level !== "error") {
    let timer = setTimeout(remove, MessageMs);
    element.addEventListener("pointerenter", () => clearTimeout(timer));
    element.addEventListener("pointerleave", () => { timer = setTimeout(remove, MessageMs / 2); });
  }
}

/** A button that copies what `text` returns and says so. */
export function copyButton(text, label, properties = {}) {
  const button = h("button", { type: "button", class: "button small", ...properties }, icon("copy"), h("span", null, label));
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text());
      message("Copied.", "ok");
    } catch {
      message("This browser does not let the page copy. Select the text and copy it by hand.", "error");
    }
  });
  return button;
}
