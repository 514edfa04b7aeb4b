// What is to be stored: which stations change, what a check found, which orders would have gone elsewhere, since when.
// Nothing is stored that was not checked as it is.
"use strict";

const AreaProposal = (() => {
  const { squareKm, boxOf, joined } = AreaGeometry;
  const find = (id) => document.getElementById(id);
  const km = (size) => (size < 0.01 ? `${Math.round(size * 1e6)} m²` : `${size < 10 ? size.toFixed(2) : size.toFixed(0)} km²`);
  let checked = null, key = "", busy = false, stored = () => {};

  function made(tag, text = "", className = "") {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = className;
    return element;
  }
  function button(text, label, act, className = "btn btn-sm") {
    const one = made("button", text, className);
    one.type = "button";
    if (label) one.setAttribute("aria-label", label);
    one.addEventListener("click", act);
    return one;
  }
  const sizeOf = (parts) => parts.reduce((sum, part) => sum + squareKm(part), 0);

  function show() {
    const codes = AreaState.touched();
    find("proposal").hidden = !codes.length;
    find("touched").replaceChildren(...codes.map((code) => {
      const row = made("li"), before = AreaState.stations.get(code)?.parts ?? [], after = AreaState.partsOf(code);
      const sizes = after.length ? made("small", `${km(sizeOf(before))} → ${km(sizeOf(after))} `, "text-secondary")
        : made("small", "将没有范围 will have no area", "text-danger");
      row.append(made("span", `${AreaState.nameOf(code)} ${code} `), sizes,
        button("还原 Revert", `还原 ${code} Revert`, () => AreaState.change([[code, null]]), "btn btn-sm btn-ghost-secondary"));
      return row;
    }));
    word();
  }
  // Any further change makes a check void, and the key too: another proposal is another form.
  function outdated() {
    [checked, key] = [null, ""];
    find("result").replaceChildren();
    AreaView.mark([]);
    AreaView.showOrders([]);
    show();
  }

  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  async function check() {
    if (busy || AreaTools.unfinished()) return;
    await working(async () => {
      const answer = await AreaAsk.check(AreaState.touched());
      [checked, key] = [answer, newKey()];
      showResult(answer);
    });
    word();
    find("result").focus({ preventScroll: true });
    find("proposal").scrollIntoView({ block: "nearest" });
  }
  async function working(work) {
    busy = true;
    find("check").disabled = find("store-button").disabled = true;
    try {
      await work();
    } catch (error) {
      refused(error);
    } finally {
      busy = false;
      find("check").disabled = false;
      word();
    }
  }
  function refused(error) {
    if (error.code === "check_again") [checked, key] = [null, ""];
    const box = made("div", error.message, "alert alert-danger");
    box.setAttribute("role", "alert");
    if (error.code === "version_conflict") box.append(" ", button("放弃修改,重新载入 Reload", "", reload));
    find("result").replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
  }
  function reload() {
    AreaState.drop();
    stored();
  }

  const places = (answer) => [
    ...answer.problems.map((one) => ({ point: one.place, text: one.cause, tone: "danger" })),
    ...answer.overlaps.map((one) => ({ parts: one.parts, text: overlapText(one), tone: "warning" })),
    ...answer.planned.map((one) => ({ text: planText(one), tone: "warning" })),
  ];
  const overlapText = (one) => `${one.stations.join(" 与 ")} 重叠 ${km(one.km2)} / overlap`;
  const planText = (one) => `计划中的版本 #${one.change}(${one.since} 起):本次若不晚于该时刻生效,${one.falls.join("、")} 退出该计划`
    + `${one.stays.length ? `,${one.stays.join("、")} 仍按该计划变更` : ",该计划不再变更任何网点"}`
    + ` / if this holds by then, ${one.falls.length} fall out of the plan, ${one.stays.length} stay planned`;
  const goTo = (one) => (one.point ? AreaView.map().setView([one.point[1], one.point[0]], Math.max(15, AreaView.map().getZoom()))
    : AreaView.fit(joined(one.parts.map(boxOf))));

  function showResult(answer) {
    const box = find("result"), marks = places(answer);
    AreaView.mark(marks);
    AreaView.showOrders(answer.preview.orders);
    const rows = marks.map((one) => {
      const row = made("li"), go = button(one.text, "", () => goTo(one), `btn btn-sm btn-outline-${one.tone} text-start`);
      go.disabled = !one.point && !one.parts?.length;
      row.append(go);
      return row;
    });
    const list = made("ul", "", "list-unstyled area-rows");
    list.append(...rows);
    box.replaceChildren(...(rows.length ? [list] : [made("p", "图形有效,与其他网点没有新的重叠 / Valid, no new overlap", "text-success mb-2")]), ...effect(answer.preview));
  }
  function effect(preview) {
    if (!preview.looked_at) return [made("p", "近 30 天没有带坐标的订单,无法预览影响 / No orders of the last 30 days to look at", "text-secondary mb-2")];
    const head = made("p", `近 30 天查看了 ${preview.looked_at} 单,${preview.moved} 单会改派 / of ${preview.looked_at} orders ${preview.moved} would have gone elsewhere`, "mb-1");
    head.id = "effect";
    const table = made("table", "", "table table-sm dense mb-2"), body = table.createTBody();
    preview.pairs.forEach((pair) => {
      const row = body.insertRow();
      row.insertCell().textContent = `${pair.from} → ${pair.to}`;
      const count = row.insertCell();
      [count.textContent, count.className] = [pair.count, "num"];
    });
    if (!preview.orders.length) return preview.moved ? [head, table] : [head]; // who may not see orders gets none
    const details = made("details", "", "mb-2"), list = made("ul", "", "list-unstyled area-rows area-orders");
    details.append(made("summary", `改派的订单 Orders (${preview.orders.length}${preview.moved > preview.orders.length ? ` / ${preview.moved}` : ""})`), list);
    list.append(...preview.orders.map((one) => {
      const row = made("li");
      row.append(button(`${one.number} ${one.told}`, "", () => goTo({ point: one.point }), "btn btn-sm btn-ghost-secondary text-start"));
      return row;
    }));
    return preview.moved ? [head, table, details] : [head];
  }

  function whenText(value) {
    const [, year, month, day, time] = value.match(/^(\d+)-(\d+)-(\d+)T(\d+:\d+)/) ?? [];
    const now = find("store").elements.effective.min.slice(0, 4);
    return time ? `${year === now ? "" : `${year} 年 `}${Number(month)} 月 ${Number(day)} 日 ${time} 起` : "";
  }
  // The button says what it will do.
  function word() {
    const form = find("store"), later = form.elements.when.value === "later", value = form.elements.effective.value;
    const stations = AreaState.touched().length, ready = checked && !checked.problems.length && (!later || value);
    const moved = checked?.preview.looked_at ? checked.preview.moved : null;
    form.elements.effective.disabled = !later;
    find("store-button").disabled = busy || !ready;
    find("store-button").textContent = !checked ? "先检查并预览 Check first"
      : checked.problems.length ? "有问题,不能保存 Problems first"
      : later && !value ? "请填生效时间 When?"
      : `${later ? whenText(value) : "立即生效"},${stations} 个网点的范围变更${moved === null ? "" : `,上月 ${moved} 单会改派`}`
        + ` / Store ${later ? value.replace("T", " ") : "now"}: ${stations} stations${moved === null ? "" : `, ${moved} orders moved`}`;
  }

  async function store(event) {
    event.preventDefault();
    const form = find("store");
    if (busy || !checked || AreaTools.unfinished() || !form.reportValidity()) return;
    const loaded = Math.min(...AreaState.touched().map((code) => AreaState.stations.get(code).version));
    await working(async () => {
      const effective = form.elements.when.value === "later" ? form.elements.effective.value : "";
      const answer = await AreaAsk.store({ effective, note: form.elements.note.value, key, loaded, checked: checked.version });
      AreaState.drop();
      outdated();
      form.reset();
      stored(answer);
    });
  }

  function begin(onStored) {
    stored = onStored;
    find("check").addEventListener("click", check);
    find("store").addEventListener("submit", store);
    find("store").addEventListener("input", word);
    AreaState.listen(() => (checked || AreaState.touched().length || !find("proposal").hidden) && stillSame());
    show();
  }
  // Choosing a station or loading a view is no change.
  let last = "";
  const marksOf = new WeakMap();
  let counter = 0;
  const markOf = (parts) => {
    if (!marksOf.has(parts)) marksOf.set(parts, (counter += 1));
    return marksOf.get(parts);
  };
  function stillSame() {
    const present = AreaState.touched().map((code) => `${code}:${markOf(AreaState.partsOf(code))}`).join(" ");
    if (present !== last) {
      last = present;
      outdated();
    }
  }

  return { begin, check };
})();
