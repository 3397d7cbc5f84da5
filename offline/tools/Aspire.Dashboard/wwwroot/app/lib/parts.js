// Parts that several pages share.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { colourOf } from "./colours.js";
import { visibleResources } from "./live.js";

/** A page's head: heading, and what stands beside it. */
export function pageHead(title, subtitle, ...beside) {
  return h("header", { class: "page-head" },
    h("div", { class: "page-title" }, h("h1", { tabindex: -1 }, title), subtitle && h("p", { class: "subtitle" }, subtitle)),
    h("div", { class: "page-tools" }, ...beside));
}

/** Says that there is nothing, why, and what would change that. */
export function emptyState(title, text, iconName = "spark", ...actions) {
  return h("div", { class: "state-note" }, icon(iconName), h("h2", null, title), h("p", null, text), ...actions);
}

/** Says that something failed, with a way to try again. */
export function errorState(error, retry) {
  return h("div", { class: "state-note error", role: "alert" }, icon("warning"), h("h2", null, "This could not be loaded"), h("p", null, error.message),
    retry && h("button", { type: "button", class: "button", onclick: retry }, "Try again"));
}

/** A quiet placeholder of the size of what will come. */
export function loadingState(text = "Loading …") {
  return h("div", { class: "state-note loading", role: "status" }, h("span", { class: "pulse", "aria-hidden": "true" }), h("p", null, text));
}

/** A resource's name with its colour. */
export function resourceName(name) {
  return h("span", { class: "resource-name", dataset: { colour: colourOf(name) } }, h("i", { class: "swatch", "aria-hidden": "true" }), h("span", null, name));
}

/** A labelled field for a toolbar. */
export function field(label, control, classes = "") {
  return h("label", { class: `field ${classes}`.trim() }, h("span", null, label), control);
}

/** A select with options `[value, text]`. */
export function select(options, value, onchange, properties = {}) {
  const element = h("select", { onchange: () => onchange(element.value), ...properties });
  setOptions(element, options, value);
  return element;
}

/** Changes the options of a select, keeping its value as far as it still exists. */
export function setOptions(element, options, value = element.value) {
  const key = JSON.stringify(options);
  if (element.optionsKey !== key) {
    element.optionsKey = key;
    element.replaceChildren(...options.map(([optionValue, text]) => h("option", { value: optionValue }, text)));
  }
  element.value = options.some(([optionValue]) => optionValue === value) ? value : options[0]?.[0] ?? "";
}

/** Options for choosing a resource: those that run here, and any named one that does not (it may have sent telemetry). */
export function resourceOptions(all, ...others) {
  const names = new Set([...visibleResources().map(resource => resource.name), ...others.filter(Boolean)]);
  return [["", all], ...[...names].sort((one, other) => one.localeCompare(other)).map(name => [name, name])];
}

/** A search box that reports what is typed. */
export function searchBox(label, value, oninput) {
  const input = h("input", { type: "search", value, placeholder: label, "aria-label": label, "data-search": true, autocomplete: "off", spellcheck: "false", oninput: () => oninput(input.value) });
  input.value = value ?? "";
  return h("div", { class: "search" }, icon("search"), input);
}

/** A button that is on or off. */
export function toggle(label, on, onchange, iconName) {
  const button = h("button", { type: "button", class: "button toggle", "aria-pressed": String(on) }, iconName && icon(iconName), h("span", null, label));
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(now));
    onchange(now);
  });
  button.set = now => button.setAttribute("aria-pressed", String(now));
  return button;
}

/** Names and values, as a description list. */
export function facts(pairs) {
  return h("dl", { class: "facts" }, pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value instanceof Node ? value : String(value)))));
}

/** A log level's word, with its colour. */
export function levelBadge(level) {
  const short = { trace: "trace", debug: "debug", info: "info", warn: "warn", warning: "warn", error: "error", critical: "crit" }[level] ?? level ?? "";
  return h("span", { class: `level level-${short}` }, short);
}

/**
 * A counter that only the last of several overlapping requests may use: what an older one answers is thrown away.
 */
export function latest() {
  let controller = null;
  return {
    async run(work) {
      controller?.abort();
      const mine = controller = new AbortController();
      try {
        const result = await work(mine.signal);
        return mine === controller ? { result } : { stale: true };
      } catch (error) {
        return mine !== controller || error.name === "AbortError" ? { stale: true } : { error };
      }
    },
    cancel() {
      controller?.abort();
      controller = null;
    },
  };
}
