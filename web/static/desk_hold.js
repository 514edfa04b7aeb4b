// Ten seconds to take an acceptance back (decision 17): it waits here, and nobody has been told anything yet. Without
// this script it is sent at once.
"use strict";

const HOLD = 10, TOO_SHORT = 60, KEPT = "desk-accept", KEPT_FOR = 600000, NO_ANSWER = 15000;
const bar = document.getElementById("hold");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
let held = null; // what waits for its ten seconds
let sending = null; // what is on its way, or could not be delivered yet
let ticking = 0, again = 0;

const rowOf = (order) => document.querySelector(`[data-row="${order}"]`);
function mark() {
  const orders = [...(held?.orders ?? []), ...(sending?.orders ?? [])];
  document.querySelectorAll("tr[data-row]").forEach((row) => {
    const here = orders.includes(row.dataset.row);
    row.classList.toggle("held", here);
    row.querySelectorAll("[data-accept], [name=orders]").forEach((one) => { one.disabled = here; });
    if (here) row.querySelectorAll("[name=orders]").forEach((box) => { box.checked = false; });
  });
}
function show(text, seconds) {
  bar.classList.toggle("d-none", !text);
  bar.querySelectorAll("button").forEach((button) => button.classList.toggle("d-none", !held));
  bar.querySelector("[data-hold-text]").textContent = text;
  bar.querySelector(".hold-line span").style.setProperty("width", `${seconds * 100 / HOLD}%`);
}
const spoken = (text) => { bar.querySelector("[data-hold-said]").textContent = text; };

// Kept until the server has answered: a page that is closed, or dies, leaves it to the next one of this person here.
// Where the browser keeps nothing (full, forbidden) the acceptance goes its way all the same.
function keep(orders) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ user: bar.dataset.user, orders, at: Date.now() }));
  } catch { /* the page itself still has it */ }
}
const forget = () => { try { sessionStorage.removeItem(KEPT); } catch { /* nothing is kept */ } };

const urgent = (orders) => orders.some((order) => {
  const until = Number(rowOf(order)?.dataset.until ?? Infinity);
  return until * 1000 - serverNow() < TOO_SHORT * 1000;
});

function accept(orders) {
  sendNow();
  if (!sending) bar.classList.remove("lost"); // what was refused has been told
  held = { orders, until: Date.now() + HOLD * 1000, steady: performance.now() + HOLD * 1000 };
  keep([...(sending?.orders ?? []), ...orders]);
  mark();
  focusAfter(orders);
  if (urgent(orders)) { sendNow(); return; }
  spoken(fill(bar.dataset.holding, { n: orders.length, s: HOLD }));
  tick();
  ticking = setInterval(tick, 250);
}
function tick() {
  if (!held) return;
  // Whichever is over first: the computer's clock may be set back, the steady one may sleep with the computer.
  const left = Math.max(0, Math.min(held.until - Date.now(), held.steady - performance.now()));
  if (!left) { sendNow(); return; }
  show(fill(bar.dataset.holding, { n: held.orders.length, s: Math.ceil(left / 1000) }), left / 1000);
}
function takeBack() {
  if (!held) return;
  const [first] = held.orders;
  held = null;
  clearInterval(ticking);
  if (sending) keep(sending.orders); else forget();
  show("", 0);
  mark();
  tell(bar.dataset.taken, "info");
  rowOf(first)?.focus();
}

function sendNow() {
  if (!held) return;
  clearInterval(ticking);
  const orders = [...new Set([...(sending?.orders ?? []), ...held.orders])];
  held = null;
  deliver({ orders, again: Boolean(sending) });
}
// An acceptance that comes twice is refused the second time, and does nothing.
async function deliver(what) {
  clearTimeout(again);
  sending = what;
  mark();
  if (!what.tries) show(fill(bar.dataset.sending, { n: what.orders.length }), 0);
  const body = new URLSearchParams(what.orders.map((order) => ["orders", order]));
  let answer = null;
  try {
    answer = await fetch(bar.dataset.url, {
      method: "POST", body, keepalive: true, redirect: "error", signal: AbortSignal.timeout?.(NO_ANSWER),
      headers: { Accept: "application/json", "X-CSRF-Token": meta("csrf-token") },
    });
    if (answer.ok) answer.told = await answer.json();
  } catch { answer = null; }
  if (sending !== what) return; // a later try has taken over
  if (!answer || answer.status >= 500 || answer.status === 429) { lost(what); return; }
  sending = null;
  // The session is over, or another's: it stays kept for this person's next log-in here.
  const loggedOut = answer.status === 401 || answer.status === 403;
  if (!loggedOut) forget();
  if (held) keep(loggedOut ? [...what.orders, ...held.orders] : held.orders);
  if (!held) show("", 0);
  mark();
  if (answer.ok) told(answer.told.results, what.again);
  else refused(fill(loggedOut ? bar.dataset.loggedOut : bar.dataset.refused, { n: what.orders.length }));
  htmx.trigger("#renew", "renew");
}
// In the bar too: a desk that is logged out empties its notes.
function refused(text) {
  bar.classList.add("lost");
  if (!held) show(text, 0);
  tell(text, "danger");
  alarm();
}
function lost(what) {
  what.tries = (what.tries ?? 0) + 1;
  what.again = true;
  const text = fill(bar.dataset.lost, { n: what.orders.length });
  bar.classList.add("lost");
  if (!held) show(text, 0);
  tell(text, "danger");
  alarm();
  again = setTimeout(() => deliver(what), Math.min(2000 * 2 ** (what.tries - 1), 30000));
}
const alarm = () => { if (sounding() && canSound()) [0, 0.2, 0.4, 0.6].forEach((after) => beep(440, after, 0.3)); };

// A result for each row (DO-1).
function told(results, resent) {
  bar.classList.remove("lost");
  const lines = new Map(), well = [], before = [];
  for (const one of results) {
    const name = one.number || `#${one.order}`;
    if (!one.code) well.push(name);
    else if (resent && one.code === "not_allowed_in_state") before.push(name);
    else lines.set(one.message, [...(lines.get(one.message) ?? []), name]);
  }
  const notes = [...lines].map(([why, those]) => [fill(bar.dataset.failed, { n: those.length, why }), those, "danger"]);
  if (before.length) notes.push([fill(bar.dataset.before, { n: before.length }), before, "info"]);
  if (well.length) notes.push([fill(bar.dataset.done, { n: well.length }), well, "success"]);
  document.getElementById("notes").replaceChildren(...notes.map(([text, those, tone]) => {
    const note = document.createElement("div");
    note.className = `alert alert-${tone}`;
    note.textContent = text + those.join(words("、", ", "));
    return note;
  }));
}

// Who logs out has accepted: the session must outlive the acceptance, or that is refused.
async function sendThenLogOut(form) {
  sendNow();
  for (let waited = 0; sending && waited < 3000; waited += 100) await new Promise((done) => setTimeout(done, 100));
  form.submit();
}
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if ((held || sending) && event.target.matches("[action='/logout']")) {
    event.preventDefault();
    sendThenLogOut(event.target);
    return;
  }
  if (event.target.id !== "accept") { sendNow(); return; } // a second act: the first is meant
  const one = event.submitter?.dataset.accept;
  const orders = one ? [one] : [...document.querySelectorAll("input[name=orders]:checked")].map((box) => box.value);
  if (!orders.length) return;
  event.preventDefault();
  accept(orders);
});
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.detail.elt.closest("[data-background]")) sendNow();
});
document.addEventListener("htmx:afterSettle", mark);
bar.querySelector("[data-take-back]").addEventListener("click", takeBack);
bar.querySelector("[data-send-now]").addEventListener("click", sendNow);
document.addEventListener("visibilitychange", () => { if (document.hidden) sendNow(); });
window.addEventListener("pagehide", sendNow);
window.addEventListener("online", () => { if (sending?.tries) deliver(sending); });
window.addEventListener("beforeunload", (event) => { if (sending?.tries) event.preventDefault(); });

let left = null;
try { left = JSON.parse(sessionStorage.getItem(KEPT)); } catch { /* nothing is kept */ }
if (left && left.user === bar.dataset.user && Date.now() - left.at < KEPT_FOR) deliver({ orders: left.orders, again: true });
else {
  if (left) tell(fill(bar.dataset.unsure, { n: left.orders.length }), "danger"); // too old, or another person's
  forget();
}
