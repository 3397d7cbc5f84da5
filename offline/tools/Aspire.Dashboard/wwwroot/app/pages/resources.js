// Resources: what runs, how it is, where it answers, and what can be done with it.

import { fill, h, keyed, setAttribute, setText, throttled } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { live, subscribe, visibleResources } from "../lib/live.js";
import { commandButton, isRunning, lifecycle, onCommands, shownCommands } from "../lib/commands.js";
import { iconButton, message } from "../lib/dialogs.js";
import { emptyState, facts, loadingState, pageHead, resourceName, searchBox } from "../lib/parts.js";
import { age, dateTime } from "../lib/format.js";
import { get } from "../lib/api.js";

const DirectCommands = 3;

/** How a resource is, as one level, one icon and one word. */
export function condition(resource) {
  const state = resource.state ?? "Unknown";
  const health = resource.health;
  const style = (resource.stateStyle ?? "").toLowerCase();
  if (/fail|unhealthy/i.test(state) || style === "error") return { level: "error", icon: "cross", text: state };
  if (/^exited|^finished/i.test(state)) return resource.exitCode ? { level: "error", icon: "cross", text: `${state} (${resource.exitCode})` } : { level: "idle", icon: "check", text: state };
  if (/^running|^active/i.test(state)) {
    if (health === "Unhealthy") return { level: "error", icon: "warning", text: `${state}, unhealthy` };
    if (health === "Degraded") return { level: "warn", icon: "warning", text: `${state}, degraded` };
    if (health === null && resource.healthReports?.length) return { level: "busy", icon: "clock", text: `${state}, not checked yet` };
    return { level: "ok", icon: "check", text: health === "Healthy" ? `${state}, healthy` : state };
  }
  if (/start|wait|stopping|build/i.test(state) || style === "info") return { level: "busy", icon: "clock", text: state };
  return { level: style === "success" ? "ok" : style === "warning" ? "warn" : "idle", icon: style === "success" ? "check" : "circle", text: state };
}

/** Opens the page. */
export function open(root, { query, setQuery }) {
  let selected = query.get("resource"), text = query.get("text") ?? "";
  const summary = h("p", { class: "subtitle", role: "status" });
  const list = h("div", { class: "resource-list", role: "table", "aria-label": "Resources" });
  const heads = h("div", { class: "resource-row resource-heads", role: "row" },
    ["Resource", "State", "Endpoints", "Up for", "Actions"].map(name => h("span", { role: "columnheader" }, name)));
  const body = h("div", { role: "rowgroup", class: "resource-rows" });
  const note = h("div");
  const panel = h("aside", { class: "panel", "aria-label": "Resource details", hidden: true });
  list.append(h("div", { role: "rowgroup" }, heads), body);
  const head = pageHead("Resources", null, searchBox("Find a resource", text, value => {
    text = value;
    setQuery({ text });
    draw();
  }));
  head.querySelector(".page-title").append(summary);
  fill(root, head, h("div", { class: "split" }, h("div", { class: "split-main" }, list, note), panel));

  const select = name => {
    selected = name;
    setQuery({ resource: name });
    drawPanel(true);
    drawSelection();
  };
  const drawSelection = () => {
    for (const row of body.children) setAttribute(row, "data-selected", row.dataset.name === selected);
  };

  const draw = () => {
    const wanted = text.trim().toLowerCase();
    const resources = visibleResources();
    const shown = resources.filter(resource => !wanted || [resource.name, resource.displayName, resource.type, resource.state].some(value => value?.toLowerCase().includes(wanted)));
    keyed(body, shown, resource => resource.name, resource => createRow(resource, select), updateRow);
    drawSelection();
    list.hidden = shown.length === 0;
    if (!live.resourcesKnown) fill(note, loadingState("Waiting for the resources …"));
    else if (resources.length === 0) fill(note, emptyState("No resources yet", "They appear here as soon as the AppHost starts them.", "resources"));
    else if (shown.length === 0) fill(note, emptyState("Nothing found", `No resource has “${text}” in its name, type or state.`, "search"));
    else fill(note);
    setText(summary, live.resourcesKnown ? summarise(resources) : "");
    drawPanel(false);
  };

  const drawPanel = moveFocus => {
    const resource = selected && live.resources.get(selected);
    panel.hidden = !resource;
    if (!resource) return;
    const version = JSON.stringify([resource, resource.commands.map(command => isRunning(resource, command))]);
    if (panel.version !== version) {
      const focused = panel.contains(document.activeElement) ? document.activeElement.dataset.command ?? document.activeElement.id : null;
      panel.version = version;
      drawDetails(panel, resource, () => {
        const name = selected;
        select(null);
        [...body.children].find(row => row.dataset.name === name)?.querySelector(".row-name")?.focus();
      });
      if (focused) (panel.querySelector(`[data-command="${CSS.escape(focused)}"]`) ?? document.getElementById(focused))?.focus();
    }
    if (moveFocus) panel.querySelector("h2")?.focus({ preventScroll: true });
  };

  const redraw = throttled(draw, 150);
  const tick = setInterval(() => { if (!document.hidden) for (const row of body.children) row.tick?.(); }, 1000);
  const ends = [subscribe("resources", redraw), onCommands(redraw)];
  draw();

  return {
    leave() {
      ends.forEach(end => end());
      redraw.cancel();
      clearInterval(tick);
    },
    onkey(event) {
      if (event.key === "Escape" && selected) panel.querySelector(".panel-close")?.click();
    },
  };
}

function summarise(resources) {
  const levels = { ok: 0, warn: 0, error: 0, busy: 0, idle: 0 };
  for (const resource of resources) levels[condition(resource).level]++;
  const words = [[levels.ok, "running"], [levels.busy, "starting"], [levels.warn, "degraded"], [levels.error, "failed"], [levels.idle, "finished or not started"]];
  return words.filter(([number]) => number).map(([number, word]) => `${number} ${word}`).join(", ");
}

function createRow(resource, select) {
  const state = h("span", { class: "condition" });
  const reasons = h("span", { class: "reasons" });
  const endpoints = h("span", { class: "endpoints" });
  const up = h("span", { class: "number" });
  const commands = h("span", { class: "row-commands" });
  const row = h("div", { class: "resource-row", role: "row", dataset: { name: resource.name } },
    h("span", { role: "cell", class: "cell-name" },
      h("button", { type: "button", class: "row-name", onclick: () => select(resource.name), title: "Show details" }, resourceName(resource.displayName ?? resource.name)),
      h("span", { class: "faint" }, resource.type)),
    h("span", { role: "cell", class: "cell-state" }, state, reasons),
    h("span", { role: "cell", class: "cell-endpoints" }, endpoints),
    h("span", { role: "cell", class: "cell-up" }, up),
    h("span", { role: "cell", class: "cell-actions" }, commands,
      h("a", { class: "icon-button", href: `/console/${encodeURIComponent(resource.name)}`, "aria-label": `Console of ${resource.displayName ?? resource.name}`, title: "Console" }, icon("console"))));
  Object.assign(row, { state, reasons, endpoints, up, commands });
  updateRow(row, resource);
  return row;
}

function updateRow(row, resource) {
  row.tick = () => setText(row.up, condition(resource).level === "idle" || resource.stoppedMs ? "" : resource.startedMs ? age(resource.startedMs) : "");
  row.tick();
  const version = JSON.stringify([resource.state, resource.stateStyle, resource.health, resource.healthReports, resource.exitCode, resource.urls, resource.commands, resource.commands.map(command => isRunning(resource, command))]);
  if (row.version === version) return;
  row.version = version;
  const { level, icon: picture, text } = condition(resource);
  row.dataset.level = level;
  fill(row.state, icon(picture), h("span", null, text));
  row.state.dataset.level = level;
  setText(row.reasons, (resource.healthReports ?? []).filter(report => report.status && report.status !== "Healthy").map(report => `${report.name}: ${report.description || report.status}`).join("; "));
  const urls = resource.urls ?? [];
  fill(row.endpoints, urls.slice(0, 2).map(url => endpoint(url)), urls.length > 2 && h("span", { class: "faint" }, `+${urls.length - 2} more`));
  const focused = row.commands.contains(document.activeElement) ? document.activeElement.dataset.command : null;
  const all = shownCommands(resource);
  const own = all.filter(command => !lifecycle(command));
  const direct = new Set([...own].sort((one, other) => Number(other.highlighted) - Number(one.highlighted)).slice(0, DirectCommands));
  fill(row.commands, own.filter(command => direct.has(command)).map(command => commandButton(resource, command)),
    all.filter(command => lifecycle(command) && (command.state !== "Disabled" || isRunning(resource, command))).map(command => commandButton(resource, command)));
  if (focused) row.commands.querySelector(`[data-command="${CSS.escape(focused)}"]`)?.focus();
}

function endpoint(url) {
  const shown = /^https?:/.test(url.url);
  const text = url.url.replace(/^https?:\/\//, "").replace(/\/$/, "");
  return shown
    ? h("a", { class: "endpoint", href: url.url, target: "_blank", rel: "noreferrer noopener", title: url.name ?? "" }, text, icon("external"), h("span", { class: "visually-hidden" }, " (opens in a new window)"))
    : h("span", { class: "endpoint" }, url.url);
}

function drawDetails(panel, resource, close) {
  const { level, icon: picture, text } = condition(resource);
  const name = resource.displayName ?? resource.name;
  fill(panel,
    h("header", { class: "panel-head" },
      h("h2", { tabindex: -1 }, resourceName(name)),
      iconButton("close", "Close details", close, { class: "icon-button panel-close" })),
    h("div", { class: "panel-body" },
      h("p", { class: "condition", dataset: { level } }, icon(picture), h("span", null, text)),
      h("div", { class: "panel-links" },
        h("a", { class: "button small", href: `/console/${encodeURIComponent(resource.name)}` }, icon("console"), "Console"),
        h("a", { class: "button small", href: `/logs?resource=${encodeURIComponent(resource.name)}` }, icon("logs"), "Logs"),
        h("a", { class: "button small", href: `/traces?resource=${encodeURIComponent(resource.name)}` }, icon("traces"), "Traces"),
        h("a", { class: "button small", href: `/metrics?resource=${encodeURIComponent(resource.name)}` }, icon("metrics"), "Metrics")),
      section("Commands", shownCommands(resource).map(command => h("div", { class: "command-line" }, commandButton(resource, command, true), h("p", { class: "faint" }, command.description)))),
      section("Endpoints", (resource.urls ?? []).map(url => h("p", { class: "panel-endpoint" }, endpoint(url), url.name && h("span", { class: "faint" }, url.name)))),
      section("Health", (resource.healthReports ?? []).map(report => h("p", { class: "condition", dataset: { level: { Healthy: "ok", Degraded: "warn", Unhealthy: "error" }[report.status] ?? "busy" } },
        icon({ Healthy: "check", Degraded: "warning", Unhealthy: "cross" }[report.status] ?? "clock"),
        h("span", null, h("strong", null, report.name), ` ${report.status ?? "not checked yet"}`, report.description && h("span", { class: "block" }, report.description))))),
      section("About", [facts([["Type", resource.type], ["Started", resource.startedMs && dateTime(resource.startedMs)], ["Stopped", resource.stoppedMs && dateTime(resource.stoppedMs)],
        ["Exit code", resource.exitCode], ["Belongs to", resource.parent], ["Uses", resource.references?.join(", ")],
        ...(resource.properties ?? []).map(property => [property.name, property.secret && property.value === null ? "•••••• (secret)" : property.value])])]),
      section("Environment", (resource.environment ?? []).length ? [environment(resource)] : [])));
}

function section(title, content) {
  return content.length ? h("section", { class: "panel-section" }, h("h3", null, title), content) : null;
}

function environment(resource) {
  return h("dl", { class: "facts environment" }, resource.environment.map(variable => {
    const value = h("dd", null, h("code", { class: variable.secret ? "secret" : "" }, variable.secret ? "••••••••" : variable.value || "(empty)"));
    if (variable.secret) value.append(reveal(resource, variable, value.firstChild));
    return h("div", null, h("dt", null, variable.name), value);
  }));
}

function reveal(resource, variable, code) {
  let shown = false;
  const button = iconButton("eye", `Reveal ${variable.name}`, async () => {
    if (shown) {
      code.textContent = "••••••••";
      code.className = "secret";
    } else {
      try {
        const { value } = await get(`/api/resources/${encodeURIComponent(resource.name)}/environment/${encodeURIComponent(variable.name)}`);
        code.textContent = value || "(empty)";
        code.className = "";
      } catch (error) {
        message(`${variable.name} was not revealed: ${error.message}`, "error");
        return;
      }
    }
    shown = !shown;
    const label = `${shown ? "Hide" : "Reveal"} ${variable.name}`;
    fill(button, icon(shown ? "hidden" : "eye"));
    button.setAttribute("aria-label", label);
    button.title = label;
  }, { id: `reveal-${variable.name}` });
  return button;
}
