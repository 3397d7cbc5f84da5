// A colour for each resource: the same on every page and after every reload. The palette stands in styles/base.css (twelve
// hues, chosen for contrast in both themes); here only numbers are given out.

import { recall, remember } from "./preferences.js";

const Slots = 12, Kept = 200;
const given = new Map(Object.entries(recall("colours", {})));

/** The number of a resource's colour, for `data-colour`. */
export function colourOf(resource) {
  const known = given.get(resource);
  if (known !== undefined) return known;
  const taken = new Set(given.values());
  let slot = hash(resource) % Slots;
  for (let step = 0; step < Slots && taken.has(slot); step++) slot = (slot + 5) % Slots; // 5 and 12 share no divisor: all are tried
  if (given.size >= Kept) given.delete(given.keys().next().value);
  given.set(resource, slot);
  remember("colours", Object.fromEntries(given));
  return slot;
}

/** FNV-1a: short, and even over short names. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  return value;
}
