// Small helpers; every page works without them but for the counting minutes.
"use strict";

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

// A station's clock may be wrong; the server's is the one that judges.
const ahead = Date.parse(meta("server-time")) - Date.now();
const serverNow = () => Date.now() + ahead;

// The same words and colours as left() and urgency() in web/show.py.
function showLeft(badge) {
  const ms = Number(badge.dataset.due) * 1000 - serverNow();
  const minutes = Math.floor(Math.abs(ms) / 60000);
  const sign = ms >= 0 ? "剩" : "超";
  const hours = Math.floor(minutes / 60);
  badge.textContent = minutes >= 2880 ? `${sign} ${Math.floor(minutes / 1440)} 天`
    : hours ? `${sign} ${hours} 时 ${String(minutes % 60).padStart(2, "0")} 分`
    : `${sign} ${minutes} 分`;
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
  if (event.detail.elt.closest("[data-background]")) event.detail.headers["X-Background"] = "1";
});
document.addEventListener("htmx:afterSettle", showAllLeft);
document.addEventListener("htmx:sendError", () => tell("网络中断,正在重试 / Connection lost", "warning"));
document.addEventListener("htmx:responseError", (event) => {
  let detail = "";
  try { detail = JSON.parse(event.detail.xhr.responseText).detail; } catch { /* no problem document */ }
  tell(detail || `出错 ${event.detail.xhr.status}`, "danger");
});

showAllLeft();
setInterval(showAllLeft, 5000);
document.documentElement.dataset.ready = "1"; // browser tests wait for it
