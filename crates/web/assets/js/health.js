// The health page: asks the server every 30 seconds and at the push of the
// button. A 503 carries the same facts as a 200.
import { setBusy, setIdle } from "./forms.js";
import { localTime } from "./times.js";

const PERIOD_MS = 30000;

export function startHealth() {
  const root = document.querySelector("[data-health]");
  if (!root) {
    return;
  }
  root.querySelector("[data-health-refresh]").addEventListener("submit", (event) => {
    event.preventDefault();
    update(root);
  });
  setInterval(() => update(root), PERIOD_MS);
}

async function update(root) {
  const button = root.querySelector("[data-health-refresh] button");
  setBusy(button);
  const health = await ask();
  setIdle(button);
  root.querySelector("[data-health-unreachable]").hidden = health !== null;
  for (const service of ["postgres", "redis"]) {
    const badge = root.querySelector(`[data-health-service="${service}"] .badge`);
    const connected = health?.services?.[service] === "connected";
    badge.textContent = connected ? "Connected" : "Disconnected";
    badge.className = `badge badge-${connected ? "success" : "danger"}`;
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
