// The few helpers every page builds its elements with. Nothing here reads or writes markup as text: what the server sends
// is only ever put into text nodes and attributes.

const SvgNamespace = "http://www.w3.org/2000/svg";

/**
 * Makes an HTML element. A property that starts with "on" is a listener, "class" and "dataset" are what they say, a boolean
 * sets or leaves out the attribute, null and undefined are skipped.
 * @param {string} tag
 * @param {Record<string, any> | null} [properties]
 * @param {...any} children elements, texts, arrays of them; null, undefined and false are skipped
 * @returns {HTMLElement}
 */
export function h(tag, properties, ...children) {
  return build(document.createElement(tag), properties, children);
}

/**
 * Makes an SVG element; same rules as {@link h}.
 * @returns {SVGElement}
 */
export function s(tag, properties, ...children) {
  return build(document.createElementNS(SvgNamespace, tag), properties, children);
}

function build(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...flat(children));
  return element;
}

function flat(children) {
  return children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false);
}

/** Replaces all children of an element. */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/** Sets the text, only if it differs: an untouched text node costs no layout and is not announced again. */
export function setText(element, text) {
  const value = text ?? "";
  if (element.textContent !== value) element.textContent = value;
}

/** Sets an attribute, or removes it (null, undefined, false), only if that changes something. */
export function setAttribute(element, name, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
    return;
  }
  const text = value === true ? "" : String(value);
  if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/**
 * Makes the children of `parent` those of `items`, by key: an element that stays is updated in place and keeps focus,
 * selection and scroll position.
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string | number} keyOf
 * @param {(item: T) => Element} create
 * @param {(element: Element, item: T) => void} [update]
 */
export function keyed(parent, items, keyOf, create, update) {
  const old = parent.keyedChildren ?? new Map();
  const now = new Map();
  let next = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    if (now.has(key)) continue;
    const known = old.get(key);
    const element = known ?? create(item);
    if (known) update?.(element, item);
    now.set(key, element);
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
  for (const [key, element] of old) if (!now.has(key)) element.remove();
  parent.keyedChildren = now;
}

/**
 * Calls `work` at most once per `intervalMs`, in an animation frame, never while the page is hidden; what was asked for
 * meanwhile is done once, later.
 * @param {() => void} work
 * @param {number} [intervalMs]
 * @returns {{(): void, cancel(): void}}
 */
export function throttled(work, intervalMs = 100) {
  let last = -Infinity, timer = 0, frame = 0;
  const ask = () => {
    if (timer || frame) return;
    timer = setTimeout(() => {
      timer = 0;
      frame = requestAnimationFrame(now => { // stands still while hidden
        frame = 0;
        last = now;
        work();
      });
    }, Math.max(0, last + intervalMs - performance.now()));
  };
  ask.cancel = () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    timer = frame = 0;
  };
  return ask;
}

/** Calls `work` when it has not been asked for `quietMs`. */
export function debounced(work, quietMs = 200) {
  let timer = 0;
  const ask = (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), quietMs);
  };
  ask.cancel = () => clearTimeout(timer);
  return ask;
}

/** Whether the person asked the system for less motion. */
export const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
