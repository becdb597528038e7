// The health page: asks the server every 30 seconds and at the push of the
// button. A 503 carries the same facts as a 200. What has not changed is left
// alone, so that nothing is announced twice.
import { setBusy, setIdle } from "./forms.js";
import { localTime } from "./times.js";

const PERIOD_MS = 30000;

const SERVICES = ["postgres", "redis"];

const CHECKING = { text: "Checking…", tone: "muted" };
const DISCONNECTED = { text: "Disconnected", tone: "danger" };
const STATES = {
  connected: { text: "Connected", tone: "success" },
  disconnected: DISCONNECTED,
};

export function startHealth() {
  const root = document.querySelector("[data-health]");
  if (!root) {
    return;
  }
  root.querySelector("[data-health-refresh]").addEventListener("submit", (event) => {
    event.preventDefault();
    check(root);
  });
  setInterval(() => update(root), PERIOD_MS);
}

// Somebody asks: nothing is known until the answer is there.
async function check(root) {
  const button = root.querySelector("[data-health-refresh] button");
  setBusy(button);
  for (const service of SERVICES) {
    mark(root, service, CHECKING);
  }
  await update(root);
  setIdle(button);
}

async function update(root) {
  const health = await ask();
  root.querySelector("[data-health-unreachable]").hidden = health !== null;
  for (const service of SERVICES) {
    mark(root, service, stateOf(health, service));
  }
  if (health) {
    root.querySelector("[data-health-version]").textContent = health.version;
    root.querySelector("[data-health-uptime]").textContent = span(health.uptime);
  }
  const checked = root.querySelector("[data-health-checked]");
  const now = new Date();
  checked.dateTime = now.toISOString();
  checked.textContent = localTime(now, "second");
}

function stateOf(health, service) {
  if (!health) {
    return DISCONNECTED;
  }
  return STATES[health.services?.[service]] ?? CHECKING;
}

function mark(root, service, { text, tone }) {
  const badge = root.querySelector(`[data-health-service="${service}"] .badge`);
  if (badge.textContent !== text) {
    badge.textContent = text;
    badge.className = `badge badge-${tone}`;
  }
}

async function ask() {
  try {
    const response = await fetch("/health", { cache: "no-store" });
    return response.status === 200 || response.status === 503 ? await response.json() : null;
  } catch {
    return null;
  }
}

// Days and hours are left out while they are zero.
export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24];
  const parts = [];
  if (days > 0) {
    parts.push(`${days}d`);
  }
  if (hours > 0) {
    parts.push(`${hours}h`);
  }
  parts.push(`${minutes % 60}m`);
  return parts.join(" ");
}
