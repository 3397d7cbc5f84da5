// What the one stream of every page says: resources, the flow, and how much telemetry there is. Pages subscribe to topics.

import { openStream } from "./stream.js";

/** The newest of everything. `resources` is by name. */
export const live = { resources: new Map(), resourcesKnown: false, flow: null, telemetry: null, connection: { name: "connecting" } };

const topics = { resources: new Set(), flow: new Set(), telemetry: new Set(), connection: new Set() };
let stream = null;

/**
 * Calls back at each change of a topic, and once at once if something is known.
 * @param {"resources" | "flow" | "telemetry" | "connection"} topic
 * @param {() => void} callback
 * @returns {() => void} ends the subscription
 */
export function subscribe(topic, callback) {
  topics[topic].add(callback);
  return () => topics[topic].delete(callback);
}

const tell = topic => topics[topic].forEach(callback => callback());

/** Connects; called once. */
export function startLive() {
  stream = openStream("/api/live", {
    resources({ resources }) {
      live.resources = new Map(resources.map(resource => [resource.name, resource]));
      live.resourcesKnown = true;
      tell("resources");
    },
    resource(resource) {
      live.resources.set(resource.name, resource);
      tell("resources");
    },
    "resource-removed"({ name }) {
      live.resources.delete(name);
      tell("resources");
    },
    flow(flow) {
      live.flow = flow;
      tell("flow");
    },
    telemetry(telemetry) {
      live.telemetry = telemetry;
      tell("telemetry");
    },
  }, state => {
    live.connection = state;
    tell("connection");
  });
}

/** Tries the connection again now. */
export function retryLive() {
  stream?.retry();
}

/** The resources that are shown, sorted by name. */
export function visibleResources() {
  return [...live.resources.values()].filter(resource => !resource.hidden)
    .sort((one, other) => (one.displayName ?? one.name).localeCompare(other.displayName ?? other.name));
}
