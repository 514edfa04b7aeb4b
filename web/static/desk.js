// The order desk: live without reload, everything by the keyboard, and a bell that outlives the session.
"use strict";

const renewer = document.getElementById("renew"), list = document.getElementById("desk");
const live = document.getElementById("live");
const renew = () => htmx.trigger(renewer, "renew");
const shown = () => Number(list.querySelector("[data-number]")?.dataset.number ?? 0);
const SILENT = 30000, BELL = 10000, RETRY = 5 * 60000;

// ---- what is new ------------------------------------------------------------------------------------------------
let seen = shown(); // the change number that the list was asked for last
let lastHeard = Date.now(), over = false, timer = 0, polling = 0, source = null;
function heard(number) {
  lastHeard = Date.now();
  if (number === undefined || number === seen) return;
  seen = number;
  renew();
}
function showState(name) {
  live.textContent = live.dataset[name];
  live.className = `live ${name}`;
}
// The list also changes with the time: a pause ends, a deadline passes.
function wakeUp(least = 1000) {
  clearTimeout(timer);
  const at = list.querySelector("[data-again]")?.dataset.again;
  if (at) timer = setTimeout(renew, Math.min(Math.max(Number(at) * 1000 - serverNow(), least), 2 ** 31 - 1));
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== renewer) return;
  const status = event.detail.xhr.status;
  if (status === 200 || status === 204) lastHeard = Date.now();
  else if (status !== 401) { seen = -1; setTimeout(renew, 5000); }
  if (status === 200 && typing(list)) setTimeout(renew, 4000); // it was not put in the list under his hands
  if (status === 204) wakeUp(10000); // not yet: a computer's clock that runs ahead must not make us ask all day
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== list) return;
  seen = Math.max(seen, shown());
  wakeUp();
});

// ---- stream, or polling -----------------------------------------------------------------------------------------
function openStream() {
  source = new EventSource(renewer.dataset.stream);
  source.onopen = () => { lastHeard = Date.now(); stopPolling(); showState("live"); };
  source.onmessage = (event) => heard(Math.max(seen, Number(event.data))); // what we know already may come late
  source.addEventListener("beat", () => heard());
  source.addEventListener("over", () => { source.close(); poll(); renew(); }); // it hears: logged out
  source.onerror = () => {
    poll();
    // Refused, for there are streams enough: ask again later, not all at once.
    if (source.readyState === EventSource.CLOSED && !over) setTimeout(openStream, RETRY * (0.8 + Math.random() * 0.4));
  };
}
setInterval(() => {
  if (source && source.readyState !== EventSource.CLOSED && Date.now() - lastHeard > SILENT && !polling) {
    source.close();
    poll();
    setTimeout(openStream, RETRY);
  }
}, 5000);
function stopPolling() { clearTimeout(polling); polling = 0; }
function poll() {
  if (!polling && !over) polling = setTimeout(ask, 8000 + Math.random() * 4000);
  if (!over) showState("polling");
}
async function ask() {
  polling = 0;
  let status = 0;
  try {
    const answer = await fetch(renewer.dataset.changes, {
      cache: "no-store", credentials: "omit",
      headers: { Accept: "application/json", "X-Desk-Token": renewer.dataset.token, "If-None-Match": `"${seen}"` },
    });
    status = answer.status;
    if (status === 200) heard((await answer.json()).number);
    else if (status === 304) heard();
  } catch { /* no connection: the next time */ }
  if (status === 401) { logOut(); return; }
  if (source?.readyState !== EventSource.OPEN) {
    poll();
    if (status !== 200 && status !== 304) showState("lost");
  }
}
// One stream for all windows of this desk: a browser has six lines to a host. The others poll until it is closed.
poll();
if (navigator.locks) navigator.locks.request("desk-stream", () => { openStream(); return new Promise(() => {}); });
else openStream();
wakeUp();

// ---- the bell ---------------------------------------------------------------------------------------------------
setInterval(() => { if (over || Date.now() - lastHeard < SILENT) callAttention(); }, BELL);
document.querySelector("[data-volume]").value = localStorage.getItem("volume") || 60;
document.querySelector("[data-volume]").addEventListener("input", (event) => {
  localStorage.setItem("volume", event.target.value);
});
document.querySelector("[data-sound-test]").addEventListener("click", () => {
  beep(880);
  beep(1175, 0.4);
  const note = document.querySelector("[data-sound-note]");
  setTimeout(() => { note.textContent = canSound() ? note.dataset.played : note.dataset.blocked; showSound(); }, 300);
});

// ---- after the session --------------------------------------------------------------------------------------------
// Nothing of a person stays on the screen; that orders wait is still said and sounded (RELIABILITY 11.2).
function logOut() {
  if (over) return;
  over = true;
  source?.close();
  list.replaceChildren();
  dialog.close();
  dialog.replaceChildren();
  document.getElementById("notes").replaceChildren();
  document.getElementById("over").classList.remove("d-none");
  live.textContent = "";
  waiting();
  setInterval(waiting, BELL);
}
async function waiting() {
  try {
    const answer = await fetch(renewer.dataset.bellUrl, {
      cache: "no-store", credentials: "omit",
      headers: { Accept: "application/json", "X-Desk-Token": renewer.dataset.token },
    });
    const told = answer.ok ? await answer.json() : { waiting: 0, bell: "" };
    Object.assign(document.querySelector("[data-waiting]").dataset, told);
    const text = document.querySelector("[data-over-waiting]");
    text.textContent = told.waiting ? `${told.waiting} ${text.dataset.words}` : "";
    document.querySelectorAll("#call .alert").forEach((one) => one.remove());
  } catch { /* the next time */ }
}
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.elt !== renewer || event.detail.xhr.status !== 401) return;
  event.preventDefault(); // else the page would go to the log-in, and be silent
  logOut();
});

// ---- acts without leaving the list ------------------------------------------------------------------------------
const dialog = document.getElementById("dialog"), keys = document.getElementById("keys");
let place = 0, current = null; // where the keyboard was: the row's position and its order
const rows = () => [...list.querySelectorAll("tr[data-row]")];
const here = () => document.activeElement?.closest("tr[data-row]")
  ?? rows().find((row) => row.dataset.row === current);
function focusRow(row) { row?.focus(); row?.scrollIntoView({ block: "nearest" }); }
function focusAfter(orders) { // desk_hold.js: the row after those that were accepted
  const all = rows(), last = all.findLastIndex((row) => orders.includes(row.dataset.row));
  focusRow(all.slice(last + 1).find((row) => !row.classList.contains("held"))
    ?? all.find((row) => !row.classList.contains("held")));
}
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (row) { current = row.dataset.row; place = rows().indexOf(row); }
});
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target !== list || document.activeElement !== document.body || current === null) return;
  const all = rows();
  focusRow(all.find((row) => row.dataset.row === current) ?? all[Math.min(place, all.length - 1)]);
});
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches?.("[data-in-dialog]")) return;
  if (event.detail.successful) { dialog.close(); return; }
  let why = "";
  try { why = JSON.parse(event.detail.xhr.responseText).detail; } catch { /* no problem document */ }
  const box = dialog.querySelector("[data-refused]");
  box.textContent = why || words("没有成功,请重试", "It did not work, try again");
  box.classList.remove("d-none");
});
document.addEventListener("click", (event) => {
  const to = event.target.closest("[data-to]");
  if (to) {
    const form = to.form;
    if (![...form.elements.to.options].some((one) => one.value === to.dataset.to)) {
      form.elements.to.add(new Option(to.dataset.to, to.dataset.to));
    }
    form.elements.to.value = to.dataset.to;
    form.requestSubmit();
  }
  if (event.target.closest("[data-keys-help]")) keys.showModal();
  if (event.target === keys || event.target.closest("[data-close-keys]")) keys.close();
});

// ---- the keyboard -------------------------------------------------------------------------------------------------
function move(by) {
  const all = rows(), row = here();
  focusRow(row ? all[Math.min(Math.max(all.indexOf(row) + by, 0), all.length - 1)] : all[by > 0 ? 0 : all.length - 1]);
}
function press(selector) {
  const one = here()?.querySelector(selector);
  if (!one) return;
  htmx.process(one); // in a list just renewed it would else be a plain link for a moment
  one.click();
}
function accepting() {
  const picked = list.querySelector("input[name=orders]:checked");
  if (picked) document.getElementById("accept-picked")?.click();
  else press("[data-accept]");
}
const BY_KEY = {
  j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
  x: () => press("input[name=orders]"), a: accepting, z: () => takeBack(),
  f: () => press("[data-act=fail]"), t: () => press("[data-act=transfer]"), d: () => press("[data-act=data_centre]"),
  o: () => press("a.no"), r: renew, "/": () => document.querySelector(".find [type=search]")?.focus(),
  "?": () => keys.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches("textarea, select, input:not([type=checkbox]), summary")) return;
  if (keys.open) return;
  if (dialog.open) {
    if (/^[1-3]$/.test(event.key)) dialog.querySelectorAll("[data-to]")[Number(event.key) - 1]?.click();
    return;
  }
  if (event.key === "Enter" && event.target.matches("tr[data-row]")) { press("a.no"); return; }
  const act = BY_KEY[event.key] ?? BY_KEY[event.key.toLowerCase()]; // Caps Lock is no other wish
  if (!act || event.repeat && !["j", "k", "ArrowDown", "ArrowUp"].includes(event.key)) return;
  event.preventDefault();
  act();
});
