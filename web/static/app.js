// Small helpers; every page works without them but for the counting minutes.
"use strict";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

const english = document.documentElement.lang === "en";
const words = (chinese, inEnglish) => english ? inEnglish : chinese;

// A station's clock may be wrong; the server's is the one that judges.
// Set back while the page is open it would show time that is gone: of it and the steady one, whichever is later.
const ahead = Date.parse(meta("server-time")) - Date.now(), steady = Date.now() - performance.now();
const serverNow = () => Math.max(Date.now(), performance.now() + steady) + ahead;

// The same words and colours as left() and urgency() in web/show.py.
function showLeft(badge) {
  const ms = Number(badge.dataset.due) * 1000 - serverNow();
  const minutes = Math.floor(Math.abs(ms) / 60000);
  const hours = Math.floor(minutes / 60), rest = String(minutes % 60).padStart(2, "0");
  const amount = minutes >= 2880 ? words(`${Math.floor(minutes / 1440)} 天`, `${Math.floor(minutes / 1440)} days`)
    : hours ? words(`${hours} 时 ${rest} 分`, `${hours} h ${rest} min`)
    : words(`${minutes} 分`, `${minutes} min`);
  badge.textContent = ms < 0 ? words(`已超 ${amount}`, `${amount} late`)
    : ms <= 600000 ? words(`仅剩 ${amount}`, `only ${amount} left`) : words(`剩 ${amount}`, `${amount} left`);
  const tone = ms < 0 ? "red" : ms <= 600000 ? "orange" : "green";
  badge.classList.remove("bg-red-lt", "bg-orange-lt", "bg-green-lt");
  badge.classList.add(`bg-${tone}-lt`);
}
const showAllLeft = () => document.querySelectorAll("[data-due]").forEach(showLeft);

function tell(text, tone) {
  const note = document.createElement("div");
  note.className = `alert alert-${tone}`;
  note.textContent = text;
  document.getElementById("notes")?.replaceChildren(note);
}

document.addEventListener("change", (event) => {
  const all = event.target;
  if (!all.matches("[data-select-all]")) return;
  all.closest("table").querySelectorAll("tbody input[type=checkbox]:not(:disabled)").forEach((box) => {
    box.checked = all.checked;
  });
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = meta("csrf-token");
  // What a page asks by itself must not keep a forgotten session alive.
  if (!event.detail.elt.closest("[data-background]")) return;
  event.detail.headers["X-Background"] = "1";
  event.detail.headers["X-Shown"] = document.querySelector("[data-shown]")?.dataset.shown ?? "";
});
document.addEventListener("htmx:afterSettle", showAllLeft);
document.addEventListener("htmx:sendError", () => tell(words("网络中断,正在重试", "Connection lost, trying again"), "warning"));
document.addEventListener("htmx:responseError", (event) => {
  let detail = "";
  try { detail = JSON.parse(event.detail.xhr.responseText).detail; } catch { /* no problem document */ }
  tell(detail || `${words("出错", "Error")} ${event.detail.xhr.status}`, "danger");
});

// A list that renews itself must not take away what somebody is doing in it: ticks stay, and while a number is
// being typed the list waits. It is asked for all the same: the bell rings on, and the station is not silent (DUTY-3).
const typing = (list) => [...list.querySelectorAll("input:not([type=checkbox]):not([type=hidden])")]
  .some((box) => box === document.activeElement || box.value !== box.defaultValue);
let ticked = [];
document.addEventListener("htmx:beforeSwap", (event) => {
  const by = event.detail.requestConfig.elt;
  if (by.matches("[data-background]") && typing(event.detail.target)) event.detail.swapOverride = "none";
  ticked = [...event.detail.target.querySelectorAll("tbody input[type=checkbox]:checked")].map((box) => box.value);
});
document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.target;
  target.querySelectorAll("tbody input[type=checkbox]").forEach((box) => { box.checked ||= ticked.includes(box.value); });
  ticked = [];
  if (target.id === "dialog") target.showModal();
});
// Also when nothing has changed: DO-8 calls for as long as orders wait.
document.addEventListener("htmx:afterRequest", (event) => {
  // What we no longer hear of may be accepted by now, or off duty.
  if (event.detail.target.id === "desk" && event.detail.successful) callAttention();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (event.target.id === "dialog" || button?.matches("[data-close]")) document.getElementById("dialog")?.close();
  if (!button) return;
  // Enter presses the first button of a form; it acts on the row where it was pressed, or on none.
  if (button.matches("[data-on-enter]")) {
    event.preventDefault();
    document.getElementById(document.activeElement?.dataset.enter)?.click();
  }
  if (button.matches("[data-print]")) window.print();
  if (button.dataset.fill) document.querySelector(`[name="${button.dataset.fill}"]`).value = button.dataset.value;
  if (button.matches("[data-sound]")) {
    localStorage.setItem("sound", sounding() ? "" : "1");
    if (sounding()) beep();
    showSound();
  }
  if (button.matches("[data-needs-pick]")
      && !document.querySelector(`input[type=checkbox][form="${button.getAttribute("form")}"]:checked`)) {
    event.preventDefault();
    tell(words("请先勾选", "Pick something first"), "warning");
  }
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-autosubmit] select")) event.target.form.requestSubmit();
  if (event.target.matches("[data-reasons]")) {
    const asked = event.target.selectedOptions[0].dataset.asks, form = event.target.form;
    const label = form.querySelector("[data-asked]");
    label.textContent = asked || label.dataset.asked;
    form.elements.detail.required = Boolean(asked);
  }
});

// DO-8: a station with waiting orders sees and hears it. Browsers allow sound after a first click only.
const sounding = () => localStorage.getItem("sound") === "1";
function showSound() {
  const button = document.querySelector("[data-sound]"), state = document.querySelector("[data-sound-state]");
  if (!button) return;
  button.setAttribute("aria-pressed", String(sounding()));
  const blocked = sounding() && audio?.state === "suspended";
  state.textContent = !sounding() ? state.dataset.off : blocked ? state.dataset.blocked : state.dataset.on;
  state.classList.toggle("text-danger", blocked);
}
window.addEventListener("storage", (event) => { if (event.key === "sound") showSound(); }); // another tab's switch
let audio = null;
function canSound() {
  audio ??= Object.assign(new AudioContext(), { onstatechange: () => { showSound(); callAttention(); } });
  return audio.state !== "suspended";
}
// Of several tabs one rings, the first that can, until it is left.
let first = !navigator.locks;
function inOneTab(ring) {
  if (first) ring();
  else navigator.locks.request("bell", { ifAvailable: true }, (lock) => {
    if (!lock) return null;
    first = true;
    ring();
    return new Promise(() => {});
  });
}
const volume = () => Number(localStorage.getItem("volume") || 60) / 60;
function beep(pitch = 880, after = 0, strength = 0.15) {
  canSound();
  const tone = audio.createOscillator(), gain = audio.createGain(), start = audio.currentTime + after;
  tone.frequency.value = pitch;
  gain.gain.setValueAtTime(strength * volume(), start);
  gain.gain.exponentialRampToValueAtTime(0.001, start + 0.5);
  tone.connect(gain).connect(audio.destination);
  tone.start(start);
  tone.stop(start + 0.5);
}
// The bell goes on until the orders are handled, three times and higher when one is about to be late; it is silent
// off duty, which the server knows.
const title = document.title;
const call = () => document.querySelector("[data-waiting]")?.dataset ?? {};
function callAttention() {
  showTitle();
  if (!call().bell || !sounding() || !canSound()) return;
  inOneTab(call().bell === "loud" ? () => [0, 0.25, 0.5].forEach((after) => beep(1175, after, 0.3)) : () => beep());
}
let flash = false;
function showTitle() {
  const waiting = Number(call().waiting ?? 0);
  flash = call().bell === "loud" && !flash;
  document.title = !waiting ? title : flash ? `【${call().flash}】(${waiting}) ${title}` : `(${waiting}) ${title}`;
}
setInterval(() => { if (flash || call().bell === "loud") showTitle(); }, 1000);
showSound();
callAttention();
showSound();

showAllLeft();
setInterval(showAllLeft, 5000);
document.documentElement.dataset.ready = "1"; // browser tests wait for it
