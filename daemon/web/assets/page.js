"use strict";
// The server renders; this only fetches the fragment again when something changed.
const body = document.getElementById("live");
const status = document.getElementById("status");
const filter = document.getElementById("filter");
let due = false;
let busy = false;

async function refresh() {
  if (busy) { due = true; return; }
  busy = true;
  try {
    const answer = await fetch("/fragment" + location.search, { cache: "no-store" });
    if (!answer.ok) { throw new Error(answer.statusText); }
    body.innerHTML = await answer.text();
    sift();
    arm();
    status.textContent = "live";
    status.className = "ok";
  } catch {
    status.textContent = "no connection to the daemon";
    status.className = "bad";
  }
  setTimeout(() => { busy = false; if (due) { due = false; refresh(); } }, 1000);
}

function arm() {
  for (const row of document.querySelectorAll("#findings tr[data-finding]")) {
    const acts = document.createElement("span");
    acts.className = "acts";
    if (!row.hasAttribute("data-seen")) { acts.append(button(row, "seen", "acknowledge", {})); }
    if (!row.hasAttribute("data-silent")) { acts.append(button(row, "silence 1 h", "silence", { for_s: 3600 })); }
    row.lastElementChild.prepend(acts);
  }
}

function button(row, text, action, words) {
  const made = document.createElement("button");
  made.textContent = text;
  made.addEventListener("click", async () => {
    made.disabled = true;
    const path = `/api/v1/findings/${encodeURIComponent(row.dataset.finding)}/${action}`;
    try {
      const answer = await fetch(path, { method: "POST", body: JSON.stringify({ by: "page", ...words }) });
      if (!answer.ok) { throw new Error(answer.statusText); }
      refresh();
    } catch {
      made.disabled = false;
      made.textContent = text + ": failed, try again";
    }
  });
  return made;
}

function sift() {
  const words = filter.value.toLowerCase();
  for (const row of document.querySelectorAll("#devices tbody tr")) {
    row.hidden = words !== "" && !row.textContent.toLowerCase().includes(words);
  }
}

arm();
filter.hidden = false;
filter.addEventListener("input", sift);
const source = new EventSource("/api/v1/events");
source.addEventListener("survey", refresh);
source.addEventListener("finding", refresh);
source.onerror = () => { status.textContent = "reconnecting"; status.className = "bad"; };
source.onopen = refresh;
