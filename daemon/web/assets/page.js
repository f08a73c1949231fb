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
    status.textContent = "live";
    status.className = "ok";
  } catch {
    status.textContent = "no connection to the daemon";
    status.className = "bad";
  }
  setTimeout(() => { busy = false; if (due) { due = false; refresh(); } }, 1000);
}

function sift() {
  const words = filter.value.toLowerCase();
  for (const row of document.querySelectorAll("#devices tbody tr")) {
    row.hidden = words !== "" && !row.textContent.toLowerCase().includes(words);
  }
}

filter.hidden = false;
filter.addEventListener("input", sift);
const source = new EventSource("/api/v1/events");
source.addEventListener("survey", refresh);
source.addEventListener("finding", refresh);
source.onerror = () => { status.textContent = "reconnecting"; status.className = "bad"; };
source.onopen = refresh;
