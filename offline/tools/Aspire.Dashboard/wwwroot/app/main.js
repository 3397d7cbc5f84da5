// The frame around the pages: navigation, theme, shortcuts, the state of the connection, and which page an address means.

import { fill, h, setAttribute, setText } from "./lib/dom.js";
import { icon } from "./lib/icons.js";
import { showContent } from "./lib/dialogs.js";
import { live, retryLive, startLive, subscribe } from "./lib/live.js";
import { remember } from "./lib/preferences.js";
import { get } from "./lib/api.js";

const pages = [
  { path: "/", key: "r", name: "Resources", icon: "resources", load: () => import("./pages/resources.js") },
  { path: "/flow", key: "f", name: "Flow", icon: "flow", load: () => import("./pages/flow.js") },
  { path: "/traces", key: "t", name: "Traces", icon: "traces", load: () => import("./pages/traces.js") },
  { path: "/logs", key: "l", name: "Logs", icon: "logs", load: () => import("./pages/logs.js") },
  { path: "/console", key: "c", name: "Console", icon: "console", load: () => import("./pages/console.js") },
  { path: "/metrics", key: "m", name: "Metrics", icon: "metrics", load: () => import("./pages/metrics.js") },
];
const tracePage = { load: () => import("./pages/trace.js"), parent: pages[2] };

const main = document.getElementById("main");
let current = null, navigation = 0, application = "Dashboard", pageTitle = "";

// ---- which page an address means

function match(path) {
  const [, first, second] = path.split("/");
  if (first === "traces" && second) return { page: tracePage, parameter: decodeURIComponent(second) };
  if (first === "console") return { page: pages[4], parameter: second ? decodeURIComponent(second) : null };
  const page = pages.find(candidate => candidate.path === `/${first}`);
  return page ? { page, parameter: null } : null;
}

/**
 * What a page is given.
 * @typedef {object} PageContext
 * @property {string | null} parameter the rest of the path
 * @property {URLSearchParams} query
 * @property {(values: Record<string, any>) => void} setQuery changes the address without a new entry in the history
 * @property {(title: string) => void} setTitle
 * @property {(path: string) => void} go
 */

async function show(focus) {
  const mine = ++navigation;
  const address = match(location.pathname);
  current?.leave?.();
  current = null;
  const page = address?.page;
  const section = page?.parent ?? page;
  for (const link of document.querySelectorAll(".nav a")) setAttribute(link, "aria-current", link.dataset.path === section?.path ? "page" : null);
  setTitle(section?.name ?? "Not found");
  if (!page) {
    fill(main, h("section", { class: "page" }, h("h1", { tabindex: -1 }, "There is no such page"), h("p", null, "The address may be of another version. ", h("a", { href: "/" }, "Resources"), " is a good start.")));
    return;
  }
  const root = h("section", { class: "page" });
  try {
    const module = await page.load();
    if (mine !== navigation) return;
    fill(main, root);
    main.scrollTop = 0;
    current = module.open(root, { parameter: address.parameter, query: new URLSearchParams(location.search), setQuery, setTitle, go }) ?? {};
  } catch (error) {
    if (mine !== navigation) return;
    console.error(error);
    fill(main, h("section", { class: "page" }, h("h1", { tabindex: -1 }, "This page could not be loaded"), h("p", { role: "alert" }, error.message), h("button", { class: "button", type: "button", onclick: () => location.reload() }, "Load again")));
  }
  if (focus) main.querySelector("h1")?.focus({ preventScroll: true });
}

function setTitle(title = pageTitle) {
  pageTitle = title;
  document.title = `${title} – ${application}`;
}

function setQuery(values) {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === null || value === undefined || value === "" || value === false) query.delete(name);
    else query.set(name, String(value));
  }
  const text = query.toString();
  history.replaceState(null, "", location.pathname + (text ? `?${text}` : ""));
}

function go(path) {
  history.pushState(null, "", path);
  show(true);
}

addEventListener("popstate", () => show(true));
document.addEventListener("click", event => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.origin !== location.origin || link.hash || link.hasAttribute("download")) return;
  event.preventDefault();
  go(link.pathname + link.search);
});

// ---- the side: brand, navigation, theme, help

const themes = [["system", "Theme: as the system"], ["light", "Theme: light"], ["dark", "Theme: dark"]];
const themeIcons = { system: "system", light: "sun", dark: "moon" };

function themeButton() {
  const button = h("button", { type: "button", class: "icon-button" });
  const draw = () => {
    const choice = document.documentElement.dataset.themeChoice;
    const label = themes.find(([value]) => value === choice)?.[1] ?? "Theme";
    fill(button, icon(themeIcons[choice] ?? "system"));
    button.setAttribute("aria-label", label);
    button.title = `${label} (d)`;
  };
  button.addEventListener("click", nextTheme);
  document.addEventListener("theme-choice", () => queueMicrotask(draw));
  draw();
  return button;
}

function nextTheme() {
  const index = themes.findIndex(([value]) => value === document.documentElement.dataset.themeChoice);
  const choice = themes[(index + 1) % themes.length][0];
  remember("theme", choice);
  document.dispatchEvent(new CustomEvent("theme-choice", { detail: choice }));
}

const brandName = h("span", { class: "brand-name" }, application);
const statusText = h("span", { class: "status-text" }, "Connecting");
const status = h("div", { class: "status", "data-state": "connecting" }, h("i", { class: "status-dot", "aria-hidden": "true" }), statusText);

fill(document.getElementById("side"),
  h("a", { class: "brand", href: "/" }, h("img", { src: "/favicon.svg", width: 28, height: 28, alt: "" }), brandName),
  h("nav", { class: "nav", "aria-label": "Pages" },
    pages.map(page => h("a", { href: page.path, dataset: { path: page.path }, title: `${page.name} (g ${page.key})` }, icon(page.icon), h("span", null, page.name)))),
  h("div", { class: "side-foot" }, status, h("div", { class: "side-buttons" }, themeButton(),
    h("button", { type: "button", class: "icon-button", "aria-label": "Keyboard shortcuts", title: "Keyboard shortcuts (?)", onclick: () => showHelp() }, icon("help")))));

// ---- the connection

const connection = document.getElementById("connection");
let signedOut = false;

function drawConnection() {
  const { name } = live.connection;
  status.dataset.state = signedOut ? "lost" : name;
  setText(statusText, signedOut ? "Logged out" : { connecting: "Connecting", open: "Live", lost: "Connection lost", resting: "Resting" }[name]);
  document.documentElement.dataset.connection = signedOut ? "lost" : name;
  const lost = signedOut || name === "lost";
  if (lost && connection.hidden) {
    fill(connection, icon("warning"), signedOut
      ? h("p", null, h("strong", null, "This login has ended."), " Open the link that the AppHost prints, or ", h("a", { href: `/login?returnUrl=${encodeURIComponent(location.pathname + location.search)}`, target: "_self" }, "log in"), ".")
      : h("p", null, h("strong", null, "Connection lost."), " What you see may be old. It is tried again by itself."),
    !signedOut && h("button", { type: "button", class: "button small", onclick: retryLive }, "Try now"));
  }
  connection.hidden = !lost;
}

document.addEventListener("signed-out", () => {
  signedOut = true;
  connection.hidden = true;
  drawConnection();
});
let failed = false;
subscribe("connection", () => {
  if (live.connection.name === "open") failed = signedOut = false;
  if (live.connection.name === "lost" && !failed) {
    failed = true;
    get("/api/limits").catch(() => {}); // a stream does not say why it failed; this does, through "signed-out"
  }
  drawConnection();
});

// ---- shortcuts

let pending = 0;

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select, dialog")) return;
  if (Date.now() - pending < 1200) {
    pending = 0;
    const page = pages.find(candidate => candidate.key === event.key);
    if (page) {
      event.preventDefault();
      go(page.path);
      return;
    }
  }
  switch (event.key) {
    case "g": pending = Date.now(); break;
    case "d": nextTheme(); break;
    case "?": showHelp(); break;
    case "/": {
      const search = main.querySelector("[data-search]");
      if (search) {
        event.preventDefault();
        search.focus();
      }
      break;
    }
    default: current?.onkey?.(event);
  }
});

function showHelp() {
  const rows = [
    ...pages.map(page => [["g", page.key], page.name]),
    [["/"], "Search on this page"],
    [["p"], "Pause or go on (Console, Logs, Traces, Flow)"],
    [["d"], "Theme: system, light, dark"],
    [["↑", "↓"], "Next row (waterfall), next point (charts: ←, →)"],
    [["→", "←"], "Open and close a span's children"],
    [["Enter"], "Show details"],
    [["Esc"], "Close details or dialogs"],
    [["?"], "This help"],
  ];
  showContent("Keyboard shortcuts", h("dl", { class: "shortcuts" }, rows.map(([keys, text]) =>
    h("div", null, h("dt", null, keys.map(key => h("kbd", null, key))), h("dd", null, text)))));
}

// ---- start

get("/api/limits").then(limits => {
  if (!limits.application) return;
  application = limits.application;
  setText(brandName, application);
  setTitle();
}, () => {}); // the connection's state says it already
startLive();
show(false);
