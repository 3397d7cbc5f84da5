// Running a resource's commands: question, running state, result. The state is kept here, so that it outlives a page.

import { h } from "./dom.js";
import { icon } from "./icons.js";
import { post } from "./api.js";
import { confirm, message, showText } from "./dialogs.js";

const running = new Set();
const listeners = new Set();
const keyOf = (resource, command) => `${resource.name}\n${command.name}`;

/** Calls back when a command starts or ends. @returns {() => void} ends the subscription */
export function onCommands(callback) {
  listeners.add(callback);
  return () => listeners.delete(callback);
}

/** Whether a command runs now, started from this window. */
export function isRunning(resource, command) {
  return running.has(keyOf(resource, command));
}

/** Which of start, stop and restart a command is, or null. */
export function lifecycle(command) {
  return /^(?:resource-)?(start|stop|restart)$/.exec(command.name)?.[1] ?? null;
}

/** The commands that are shown, start, stop and restart first. */
export function shownCommands(resource) {
  const order = command => ["start", "stop", "restart"].indexOf(lifecycle(command)) >>> 0;
  return resource.commands.filter(command => command.state !== "Hidden").sort((one, other) => order(one) - order(other));
}

/** Asks if it must be asked, runs the command and says how it went. */
export async function run(resource, command) {
  const key = keyOf(resource, command);
  if (running.has(key)) return;
  const name = resource.displayName ?? resource.name;
  if (command.confirmation && !await confirm({ title: `${command.displayName}: ${name}`, text: command.confirmation, yes: command.displayName })) return;
  running.add(key);
  listeners.forEach(callback => callback());
  try {
    const result = await post(`/api/resources/${encodeURIComponent(resource.name)}/commands/${encodeURIComponent(command.name)}`);
    const title = `${command.displayName}, ${name}`;
    const action = result.resultText ? { label: "Show result", run: () => showText(title, result.resultText) } : undefined;
    if (result.success) message(`${title}: ${result.message || "done"}`, "ok", action);
    else if (result.canceled) message(`${title}: cancelled.`, "info", action);
    else message(`${title} failed: ${result.message || "no reason was given"}`, "error", action);
  } catch (error) {
    message(`${command.displayName}, ${name}: ${error.message}`, "error");
  } finally {
    running.delete(key);
    listeners.forEach(callback => callback());
  }
}

/** A button for a command; an icon alone for start, stop and restart unless `wide`. */
export function commandButton(resource, command, wide = false) {
  const kind = lifecycle(command);
  const busy = isRunning(resource, command);
  const properties = {
    type: "button", disabled: command.state === "Disabled" || busy, "aria-busy": busy ? "true" : null, title: command.description || command.displayName,
    dataset: { command: command.name }, onclick: () => run(resource, command),
  };
  const picture = busy ? h("span", { class: "spinner", "aria-hidden": "true" }) : icon(kind ?? "command");
  return kind && !wide
    ? h("button", { ...properties, class: "icon-button", "aria-label": `${command.displayName} ${resource.displayName ?? resource.name}` }, picture)
    : h("button", { ...properties, class: "button small" }, picture, h("span", null, command.displayName), wide ? null : h("span", { class: "visually-hidden" }, ` ${resource.displayName ?? resource.name}`));
}
