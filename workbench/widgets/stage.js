// The stage's layer in the page: catches the pointer, the wheel and the keys over the canvases,
// echoes the live stroke at once, and sends one message a gesture. It holds no document: a
// reloaded page needs only the widget's traits and a redraw by the kernel.
//
// canvas.py ships this module and those in stage/ as one text.
import { listenForPhotos } from "./stage/arriving.js";
import { SoftStroke } from "./stage/brush.js";
import { makeCaptions } from "./stage/captions.js";
import { makeDivider } from "./stage/divider.js";
import { closes, drawEcho, drawPolygon } from "./stage/echo.js";
import { makeFingers } from "./stage/fingers.js";
import { makeAsker } from "./stage/hover.js";
import { drawAnts, drawGrid, drawPreview, makePreview, march, parsedOutlines, pathsInSight } from "./stage/outlines.js";
import { makeMarks } from "./stage/marks.js";
import { SURROUND, makeNavigator, spread, underneath, unpacked } from "./stage/overview.js";
import { PAGE, initialize, stores } from "./stage/pictures.js";
import { STYLE } from "./stage/style.js";
import { makeTiling } from "./stage/tiles.js";
import { makeWire } from "./stage/wire.js";
import { STILL, after, asCss, between, fixedPoint, framed, isStill, keptInSight, limited, moved, panned, toImage, toPage, zoomed } from "./stage/view.js";

const CLICK = 4; // a drag that moved less, in page pixels, is a click
const KEYS = new Set(["[", "]", "{", "}", "+", "-", "=", "?", "Enter", "Delete", "Backspace"]);
const LOCAL = new Set(["pan", "zoom", "polygon"]); // tools whose gestures the page itself follows
const LARGEST_CANVAS = 4e6; // pixels, as canvas._LARGEST
const PAUSE = 250; // milliseconds at least between two sharp pictures while the view moves …
const SHARE = 3; // … and so many times as long as the last one took
const RESTED = 60; // milliseconds without moving after which it is asked for at once
const RESIZED = 150; // milliseconds without a change of size before the kernel hears of it
const round = (value) => Math.round(value * 1000) / 1000;
let lastSerial = 0; // from the clock: grows over reloads and over two views of one stage
const nextSerial = () => (lastSerial = Math.max(Date.now(), lastSerial + 1));

function render({ model, el }) {
  const stop = new AbortController();
  const style = document.createElement("style");
  style.textContent = STYLE;
  const sheet = (name) => {
    const made = document.createElement("canvas");
    made.className = name;
    made.setAttribute("aria-hidden", "true");
    return made;
  };
  const [under, tiled, lines, paper] = ["wb-under", "wb-tiled", "wb-lines", "wb-echo"].map(sheet);
  const pens = new Map([tiled, lines, paper].map((canvas) => [canvas, canvas.getContext("2d")]));
  const pen = pens.get(paper);
  const ring = document.createElement("div");
  ring.className = "wb-ring";
  const busy = document.createElement("div");
  busy.className = "wb-busy";
  el.classList.add("wb-pointer");
  const send = (type, more, buffers) => model.send({ type, page: PAGE, ...more }, undefined, buffers);

  let root = null; // the element with class wb-stage, once this one is in the page
  let [width, height] = model.get("size");
  let local = null; // the view that the person sees: the kernel's, and what it has not heard of
  const tiling = makeTiling(() => [width, height]);
  let live = null; // the gesture under way
  let taking = null; // the tool whose button was pressed, until the kernel tells of it
  let typed = null; // serial of the last key, which may have taken another tool, until it is heard
  let polygon = null; // the polygon under way: {points, about, colour}
  let echoes = []; // finished, not yet drawn by the kernel
  let lastEnd = null; // where the last stroke ended, in image pixels
  let hover = null; // where the pointer is, in page pixels from the stage's corner
  let space = false;
  let waiting = null; // serial of the wheel or pan message that the kernel has not answered
  let unsent = null; // the move that the kernel has not been told of
  let due = 0; // the animation frame asked for
  let base = null; // the overview: {picture, image}
  let ants = []; // outlines in chunks
  let antPaths = null; // those in sight, for the view of now
  let phase = 0;
  let seen = null; // the view that the overview was drawn for
  let preview = null;

  // --- the view, and pictures made for an older one -----------------------------------------
  // The kernel thinks of a stage as wide as it has heard. Where this one is not (the kernel is
  // busy, or another view of the stage decides), what it shows is in the middle.
  const aside = () => (width - model.get("size")[0]) / 2;
  const kernelView = () => {
    const [scale, x, y] = model.get("view");
    return panned({ scale, x, y }, aside(), 0);
  };
  const soon = () => (due ||= requestAnimationFrame(tick));
  function tick() {
    due = 0;
    if (!root) return;
    if (waiting === null) sendMove();
    place();
    drawLines();
    drawEchoes();
  }
  function settle() {
    if (waiting !== null) return; // the kernel's answer is on its way: no jump back and forth
    see(unsent ? moved(kernelView(), unsent) : kernelView());
  }
  function see(view) {
    local = view;
    antPaths = null;
    asker.moved();
    soon();
  }
  // The person moves the view: shown at once, the kernel hears of it in the next frame.
  function go(view) {
    stirred = performance.now();
    const wanted = keptInSight(view, width, height, base?.image);
    unsent = after(unsent ?? STILL, between(local, wanted));
    see(wanted);
  }
  // A sharp picture costs frames to unpack, and while the hand moves on it is old when it comes:
  // the page stretches what it has, asks for another some times a second, and when the hand rests.
  let asked = -Infinity; // when it asked last, by the page's clock
  let took = 0; // milliseconds until the last answer
  let stirred = -Infinity; // when the view was moved last
  let later = 0; // the timer of a question that was put off
  function sendMove() {
    if (!unsent) return;
    const next = asked + Math.max(PAUSE, SHARE * took);
    const rest = Math.min(next, stirred + RESTED) - performance.now();
    if (rest > 0) {
      later ||= setTimeout(() => ((later = 0), soon()), rest);
    } else tellMove();
  }
  function tellMove() {
    asked = performance.now();
    waiting = nextSerial();
    const move = unsent;
    unsent = null;
    if (Math.abs(move.f - 1) < 1e-6) send("pan", { serial: waiting, by: [move.tx, move.ty] });
    else {
      const [x, y] = fixedPoint(move);
      send("wheel", { serial: waiting, factor: [move.f], at: [x - aside(), y] });
    }
  }
  const shown = new Map(); // layer → the view that its visible picture was made for
  const frames = new Map(); // frame number → [layer, view, whether it is empty]
  const empty = new Set(); // layers without a picture: each costs time in every frame, so hidden
  let newest = 0; // the newest frame that is visible
  function heardOfFrame() {
    const [number, layer, scale, x, y, empty, grid] = model.get("frame");
    frames.set(number, [layer, { scale, x, y }, empty, grid]);
    if (!exact && layer === "photo" && `${tiling.grid()}` !== `${grid}`) {
      tiling.set(grid);
      captions.follow();
    }
    if (frames.size > 500) frames.delete(frames.keys().next().value);
  }
  // Whether the photo's picture, moved, leaves nothing of the stage free.
  function covers({ f, tx, ty }, canvas) {
    const right = f * canvas.clientWidth + tx;
    const bottom = f * canvas.clientHeight + ty;
    return tx <= 0.5 && ty <= 0.5 && right >= width - 0.5 && bottom >= height - 0.5;
  }
  function place() {
    if (!root || !local) return;
    let covered = false;
    root.dataset.scale = local.scale;
    root.dataset.x = local.x;
    root.dataset.y = local.y;
    for (const layer of Object.keys(model.get("layers"))) {
      const canvas = root.querySelector(`:scope > .wb-${layer}`);
      if (!canvas) continue;
      const move = between(shown.get(layer) ?? local, local);
      canvas.style.transform = asCss(move);
      const split = layer === "photo" && tiling.on() && shown.has(layer);
      canvas.style.visibility = empty.has(layer) || split ? "hidden" : "";
      if (layer === "photo") {
        tiled.hidden = !split;
        if (split) tiling.copy(pens.get(tiled), photo ?? canvas, move);
        covered = split || shown.has(layer) ? !empty.has(layer) && covers(move, canvas) : !exact;
      }
      if (layer === "before") {
        const right = (divider.at() - move.tx) / move.f; // the clip moves with the canvas: undone
        canvas.style.clipPath = model.get("flicker") ? "" : `polygon(-1e6px -1e6px, ${right}px -1e6px, ${right}px 1e6px, -1e6px 1e6px)`;
      }
    }
    for (const echo of [...echoes, live]) {
      if (echo?.soft?.view) echo.soft.picture.style.transform = asCss(between(echo.soft.view, local));
    }
    marks.place(local);
    marks.layer.style.visibility = tiling.on() ? "hidden" : ""; // a place lies in six tiles at once
    under.hidden = !base || covered;
    if (!under.hidden) under.style.transform = underneath(local, base);
    if (seen !== local) {
      seen = local; // once a view, though each layer's picture comes here
      navigator.draw(base);
    }
    showRing();
  }
  // ipycanvas draws later than its message arrives (a picture has to be decoded). Its model says
  // when, and the line width says which frame it is; where a host hides the model, the page does
  // without: no stretched pictures, and echoes go a moment early.
  let exact = false;
  let photo = null; // what the photo's layer is a copy of, made a moment after the page hears of it
  async function watch(layer, id) {
    const canvas = await model.widget_manager.get_model(id);
    if (stop.signal.aborted || !canvas?.ctx) return;
    exact = true;
    if (layer === "photo") photo = canvas.canvas;
    const drawn = () => {
      const number = canvas.ctx.lineWidth;
      const frame = frames.get(number);
      if (!frame || frame[0] !== layer) return;
      shown.set(layer, frame[1]);
      if (layer === "photo" && `${tiling.grid()}` !== `${frame[3]}`) {
        tiling.set(frame[3]);
        captions.follow();
      }
      if (frame[2]) empty.add(layer);
      else empty.delete(layer);
      newest = Math.max(newest, number);
      place();
      sweep();
    };
    canvas.on("new-frame", drawn);
    stop.signal.addEventListener("abort", () => canvas.off("new-frame", drawn));
    drawn();
  }
  function sweep() {
    const kept = echoes.filter((e) => !(e.until !== undefined && e.until <= newest));
    if (kept.length === echoes.length) return;
    for (const echo of echoes) if (!kept.includes(echo)) echo.soft?.picture.remove();
    echoes = kept;
    drawEchoes();
  }

  // --- the size -----------------------------------------------------------------------------
  // The page's own canvases have a pixel for each of the screen's, those of the kernel likewise
  // once it has heard how many there are.
  const density = () =>
    Math.max(Math.min(devicePixelRatio, 3, Math.sqrt(LARGEST_CANVAS / (width * height))), 1);
  let measured = "";
  function measure() {
    if (root.clientWidth) [width, height] = [root.clientWidth, root.clientHeight];
    const dense = density();
    const size = `${width} ${height} ${dense}`;
    if (size === measured) return;
    measured = size;
    for (const [canvas, context] of pens) {
      [canvas.width, canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
      [canvas.style.width, canvas.style.height] = [`${width}px`, `${height}px`];
      context.setTransform(dense, 0, 0, dense, 0, 0);
      context.lineCap = context.lineJoin = "round";
    }
    antPaths = seen = null;
    divider.show();
    captions.follow();
    if (local) settle();
  }
  const sizeNow = () => ({
    ratio: devicePixelRatio,
    width: model.get("fluid") && root.clientWidth ? root.clientWidth : null,
  });
  function tellSize() {
    const [wide, , dense] = model.get("size");
    const now = sizeNow();
    if ((now.width ?? wide) !== wide || density() !== dense) send("size", now);
  }
  let resizing = 0;
  function resized() {
    measure();
    soon();
    clearTimeout(resizing);
    resizing = setTimeout(() => !stop.signal.aborted && tellSize(), RESIZED);
  }
  function watchDensity() {
    const same = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    same.addEventListener("change", () => {
      resized();
      watchDensity();
    }, { once: true, signal: stop.signal });
  }

  // --- the echo -----------------------------------------------------------------------------
  let blank = true; // whether the paper is
  function drawEchoes() {
    if (!blank) pen.clearRect(0, 0, width, height);
    blank = true;
    for (const echo of [...echoes, live]) {
      if (!echo?.visible || echo.soft) continue;
      tiling.draw(pen, () => drawEcho(pen, local, echo));
      blank = false;
    }
    paper.hidden = blank;
  }
  function growSoft(line) {
    const { soft, points, pressures, pen: isPen } = live;
    const force = isPen ? pressures : null;
    const n = points.length - 1;
    if (!soft.view || !isStill(between(soft.view, local))) soft.replay(local, line ? points.slice(0, n) : points, force);
    if (line) {
      if (!soft.kept) soft.keep();
      soft.back();
    } else soft.kept = null;
    const m = Math.max(n - 1, 0);
    soft.segment(points[m], points[n], force?.[m] ?? 1, force?.[n] ?? 1);
    soft.show();
    soft.picture.style.transform = "";
  }
  // Lines over the layers that are not the hand's stroke.
  let bare = true;
  function drawLines() {
    const context = pens.get(lines);
    if (!bare) context.clearRect(0, 0, width, height);
    antPaths ??= pathsInSight(ants, local, width, height);
    bare = local.scale < 8 && !preview && !antPaths.length && !polygon;
    lines.hidden = bare;
    if (bare) return;
    tiling.draw(context, () => {
      drawGrid(context, local, width, height, base?.image);
      if (preview) drawPreview(context, local, preview);
      drawAnts(context, antPaths, phase);
      if (polygon) drawPolygon(context, local, polygon.points, wire.along(polygon.points), hover);
    });
  }
  function showRing() {
    const tool = model.get("tool");
    const size = tool.width * (local?.scale ?? 1);
    const on = hover && size >= 3 && !live?.pan && !space;
    ring.style.display = on ? "block" : "none";
    const hand = live?.pan ? "grabbing" : space || tool.echo === "pan" ? "grab" : "";
    const glass = tool.echo === "zoom" && (out ? "zoom-out" : "zoom-in");
    root.style.cursor = hand || glass || tool.cursor;
    if (!on) return;
    ring.style.width = ring.style.height = `${size}px`;
    const [x, y] = tiling.unfold(hover);
    ring.style.transform = `translate(${x - size / 2}px, ${y - size / 2}px)`;
  }

  // --- the pointer --------------------------------------------------------------------------
  let out = false; // whether Alt is held
  const isOwn = (event) => event.target.closest?.(".wb-own"); // the navigator's, the divider's
  function where(event) {
    const box = root.getBoundingClientRect();
    const k = root.offsetWidth / box.width; // other than 1 where a host scales its whole page
    const scaled = Math.abs(k - 1) > 0.01 ? k : 1; // the width is rounded: a little is nothing
    const at = [(event.clientX - box.left) * scaled, (event.clientY - box.top) * scaled];
    const free = event.buttons === 0 && /^(pointermove|wheel)$/.test(event.type);
    if (free || (event.type === "pointerdown" && event.isPrimary)) tiling.enter(at);
    return tiling.fold(at);
  }
  const touches = (event) => event.pointerType === "touch";
  function down(event) {
    if (event.button > 2 || isOwn(event)) return;
    const more = touches(event) && fingers.down(event.pointerId, where(event));
    if (more) {
      forget();
      drop(); // the first finger came to move the view, not to paint
    } else if (live) return;
    event.preventDefault(); // no text selection, no focus taken by the notebook
    root.focus({ preventScroll: true });
    try {
      root.setPointerCapture(event.pointerId);
    } catch {
      // a pointer that is already gone
    }
    if (more) return;
    forget();
    const known = model.get("tool");
    if (taking === known.name) taking = null;
    const doubt = taking !== null || typed !== null;
    // One that may be out of the hand already moves no view and sets no corners.
    const tool = doubt && LOCAL.has(known.echo) ? { ...known, echo: "none" } : known;
    // Which one a key took, the kernel knows when this comes: it heard of the key before.
    const name = typed !== null ? "" : taking ?? known.name;
    const drag = tool.echo === "pan" || space || event.button === 1;
    const corner = tool.echo === "polygon" && !drag && event.button === 0;
    if (polygon && !drag && !corner) return;
    live = {
      pointer: event.pointerId, start: where(event), last: where(event), moved: false, pan: drag,
      visible: !drag && !corner && tool.echo !== "none", pen: event.pointerType === "pen", space,
      mouse: event.pointerType === "mouse", corner, points: [], pressures: [], anchor: null,
      echo: tool.echo, width: tool.width, colour: tool.colour, soft: null, line: false,
      about: {
        button: event.button, alt: event.altKey, shift: event.shiftKey,
        ctrl: event.ctrlKey || event.metaKey, tool: name, view_id: model.get("view")[3],
      },
    };
    if (live.visible && live.echo === "stroke") {
      // A soft stroke is a picture of its own, in one place: over tiles it is shown hard.
      const thin = (tool.hardness < 1 || tool.opacity < 1 || live.pen) && !tiling.on();
      if (thin) {
        live.soft = new SoftStroke(width, height, tool);
        paper.after(live.soft.picture);
      }
      if (event.shiftKey && lastEnd) {
        live.line = true; // from where the last stroke ended, straight to here
        live.points.push(lastEnd);
        live.pressures.push(round(event.pressure));
        if (live.soft) growSoft(false);
      }
    }
    add(event);
    if (event.shiftKey) live.anchor = live.points.length - 1;
    if (live.soft) live.soft.kept = null;
    showRing();
  }
  function add(event) {
    const at = where(event);
    live.moved ||= Math.hypot(at[0] - live.start[0], at[1] - live.start[1]) >= CLICK;
    if (live.pan) {
      const [dx, dy] = [at[0] - live.last[0], at[1] - live.last[1]];
      live.last = at;
      if (!live.moved && live.points.length) live.last = live.start;
      else if (dx || dy) go(panned(local, dx, dy));
    }
    const [x, y] = toImage(local, ...at).map(round);
    const stroke = live.visible && live.echo === "stroke";
    if (stroke && live.points.length) {
      // With Shift held the line is straight from where it was pressed to the pointer.
      if (!event.shiftKey) live.anchor = null;
      else live.anchor ??= live.points.length - 1;
      if (live.anchor !== null) live.points.length = live.pressures.length = live.anchor + 1;
    }
    const line = live.anchor !== null;
    const [before, pressure] = [live.points.at(-1), round(event.pressure)];
    const same = before && before[0] === x && before[1] === y;
    if (same && !line && (!live.pen || live.pressures.at(-1) === pressure)) return;
    live.points.push([x, y]);
    live.pressures.push(pressure);
    if (!stroke) return;
    if (live.soft) growSoft(line);
    else if (line) drawEchoes();
    else {
      tiling.draw(pen, () => drawEcho(pen, local, live, live.points.length - 1));
      paper.hidden = blank = false;
    }
  }
  function forget() {
    asker.gone();
    if (!preview) return;
    preview = null;
    soon();
  }
  function leave() {
    hover = null;
    forget();
    if (polygon) soon();
    showRing();
  }
  function move(event) {
    if (!live && isOwn(event)) return leave();
    if (fingers.move(event.pointerId, where(event))) return leave();
    hover = where(event);
    out = event.altKey;
    showRing();
    if (polygon) {
      pull();
      soon();
    }
    if (!live) return asker.at(hover);
    if (event.pointerId !== live.pointer) return;
    if (live.mouse && event.buttons === 0) return up(event); // let go where nobody could see it
    const parts = event.getCoalescedEvents?.() ?? [];
    for (const part of parts.length && !event.shiftKey ? parts : [event]) add(part);
    if (live.visible && live.echo !== "stroke") drawEchoes();
  }
  function up(event) {
    fingers.up(event.pointerId);
    if (!live || event.pointerId !== live.pointer) return;
    // What the browser takes away (pointercancel) has no place of its own: the stroke ends where
    // it was, and stays, since an unwanted one is undone more easily than a lost one redone.
    if (event.type === "pointerup") add(event);
    const done = live;
    live = null;
    if (done.corner) {
      if (event.type === "pointerup") addCorner(done, where(event));
    } else if (done.echo === "zoom" && !done.pan) look(done);
    else if (!(done.pan && (done.moved || done.space))) finish(done);
    showRing();
    soon();
  }
  function drop() {
    live?.soft?.picture.remove();
    live = null;
    soon();
  }
  function giveUp() {
    polygon = null;
    drop();
  }
  function finish(done) {
    if (unsent) tellMove(); // what is in sight counts where one looks closer
    const serial = nextSerial();
    const press = done.line ? 2 : 1;
    const points = done.moved ? done.points : done.points.slice(0, press);
    const kind = done.moved || points.length > 1 ? "drag" : "click";
    const stroke = done.visible && done.echo === "stroke";
    if (stroke) lastEnd = points.at(-1);
    if (stroke || (done.visible && done.moved)) {
      const { visible, echo, width: size, colour, soft } = done;
      echoes.push({ serial, points, visible, echo, width: size, colour, soft });
    }
    send("gesture", {
      kind, serial, points: points.flat(),
      pressures: done.pen ? done.pressures.slice(0, points.length) : null, ...done.about,
    });
  }
  // The zoom tool: a click doubles, a drag fills the stage with its frame.
  function look(done) {
    const [from, to] = [toPage(local, done.points[0]), toPage(local, done.points.at(-1))];
    const wide = Math.min(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])) >= CLICK;
    const smaller = done.about.alt || done.about.button === 2;
    const [wider, taller] = tiling.size();
    const fits = () => framed(local, from, to, wider, taller);
    if (done.moved && wide) go(panned(fits(), (width - wider) / 2, (height - taller) / 2));
    else go(zoomed(local, smaller ? 0.5 : 2, ...from));
  }
  // Between the corners of such a tool lie the photo's edges, and not straight lines.
  function pull(to = toImage(local, ...hover)) {
    if (!model.get("tool").wired) return;
    wire.wish(polygon.points.length - 1, polygon.points.at(-1), to);
  }
  function addCorner(done, at) {
    const point = done.points.at(-1);
    if (!polygon) {
      wire.keep(0);
      polygon = { points: [point], about: done.about, colour: done.colour, since: Date.now() };
    } else if (closes(local, polygon.points, at)) {
      closePolygon();
    } else {
      const [x, y] = toPage(local, polygon.points.at(-1));
      // The second click of two lies on the first.
      if (Math.hypot(at[0] - x, at[1] - y) < CLICK) return;
      pull(point);
      polygon.points.push(point);
    }
  }
  function closePolygon() {
    if (polygon.points.length < 3) return;
    const { points, about, colour } = polygon;
    const serial = nextSerial();
    wire.keep(points.length - 1);
    const line = wire.along(points);
    echoes.push({ serial, points: line, visible: true, closed: true, echo: "polygon", colour, width: 0 });
    polygon = null;
    send("gesture", { kind: "polygon", serial, points: points.flat(), pressures: null, ...about });
    soon();
  }
  function doubled(event) {
    if (!polygon || isOwn(event)) return;
    // Of two quick clicks the first may have closed one: what is left is a corner nobody wanted.
    if (polygon.points.length === 1) giveUp();
    else closePolygon();
  }
  function turn(event) {
    const focused = root === document.activeElement || root.contains(document.activeElement);
    if (!focused && !event.ctrlKey) return; // the notebook scrolls
    event.preventDefault();
    event.stopPropagation();
    const amount = [1, 16, height][event.deltaMode];
    const fast = event.ctrlKey && event.deltaMode === 0 && Math.abs(event.deltaY) < 50; // a pinch
    const wanted = Math.exp(-event.deltaY * amount * (fast ? 0.01 : 0.0015));
    let [cx, cy] = where(event); // in whole pixels; the pointer's own events are finer
    if (hover && Math.hypot(hover[0] - cx, hover[1] - cy) < 2) [cx, cy] = hover;
    const f = limited(local.scale * wanted, local.scale) / local.scale;
    if (f !== 1) go(zoomed(local, f, cx, cy));
  }

  // --- the keys -----------------------------------------------------------------------------
  function wanted(event) {
    const ctrl = event.ctrlKey || event.metaKey;
    const typed = event.getModifierState?.("AltGraph"); // [ and ] on many keyboards
    if (KEYS.has(event.key) && "[]{}".includes(event.key) && typed) return true;
    if (ctrl) return !event.altKey && /^[zy]$/i.test(event.key);
    if (event.altKey) return false;
    if (event.key === "Enter") return !event.shiftKey; // Shift+Enter runs the cell
    return KEYS.has(event.key) || /^[a-z0-9]$/i.test(event.key);
  }
  // Keys that mean something for what is under way; whether this was one.
  function taken(event) {
    if (event.key === "Escape" && (live || polygon)) giveUp();
    else if (polygon && event.key === "Enter") closePolygon();
    else if (polygon && event.key === "Backspace") {
      polygon.points.pop();
      wire.keep(polygon.points.length - 1);
      if (polygon.points.length && hover) pull();
      if (!polygon.points.length) polygon = null;
      soon();
    } else return false;
    return true;
  }
  function keydown(event) {
    if (event.target !== root || event.isComposing) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const hold = event.key === " " && plain;
    const own = (plain || event.key === "Escape") && taken(event);
    const paste = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "v";
    if (paste) return event.stopPropagation(); // Lab hears nothing of it, the browser pastes
    if (!hold && !own && !wanted(event)) return;
    event.preventDefault();
    event.stopPropagation();
    if (own) return;
    if (hold) {
      space = true;
      return showRing();
    }
    const serial = nextSerial();
    if (!live) typed = serial;
    send("key", {
      serial,
      key: event.key === "=" ? "+" : event.key.length === 1 ? event.key.toLowerCase() : event.key,
      ctrl: event.ctrlKey || event.metaKey, shift: event.shiftKey, alt: event.altKey,
    });
  }
  function keyup(event) {
    if (event.type === "keyup" && event.key !== " ") return;
    space = false;
    showRing();
  }

  // --- what the kernel says -----------------------------------------------------------------
  function heard(message, buffers) {
    if (message.type === "settled" && message.page === PAGE && message.serial === waiting) {
      waiting = null;
      took = performance.now() - asked;
      settle();
    } else if (message.type === "typed") {
      if (message.serial === typed) typed = null;
    } else if (message.type === "clear_echo") {
      for (const echo of echoes) {
        if (message.through === null || echo.serial <= message.through) echo.until ??= message.frame;
      }
      sweep();
      // A frame that never comes (a page that hides the canvases) must not keep the echo for ever.
      setTimeout(() => {
        newest = Math.max(newest, message.frame);
        if (!stop.signal.aborted) sweep();
      }, exact ? 1000 : 60);
    } else if (message.type === "wire") {
      if (message.page === PAGE) wire.heard(message.serial, buffers[0]);
    } else if (message.type === "preview") {
      if (!asker.answered(message.serial)) return;
      preview = message.shape ? makePreview(message, buffers[0]) : null;
      soon();
    }
  }
  function emptied() { // a canvas of a new size has nothing on it
    shown.clear();
    seen = null;
    settle();
    soon();
  }
  function showBusy() {
    const state = model.get("busy");
    busy.hidden = !state;
    if (!state) return;
    const share = state.fraction === null ? 30 : 100 * state.fraction;
    busy.replaceChildren(state.words, document.createElement("div"));
    busy.lastChild.append(document.createElement("div"));
    busy.lastChild.firstChild.style.width = `${share}%`;
    busy.classList.toggle("wb-unsure", state.fraction === null);
    busy.setAttribute("role", "progressbar");
    busy.setAttribute("aria-label", state.words);
    if (state.fraction === null) busy.removeAttribute("aria-valuenow");
    else busy.setAttribute("aria-valuenow", Math.round(share));
  }
  async function showBase() {
    const about = model.get("base");
    const made = about.jpeg ? await unpacked(about) : null;
    if (stop.signal.aborted || about !== model.get("base")) return void made?.picture.close();
    if (`${base?.image}` !== `${made?.image}`) lastEnd = null; // another photo
    base?.picture.close();
    base = made;
    seen = null;
    if (base) spread(under, base);
    root?.style.setProperty("background", base ? SURROUND : "");
    soon();
  }
  function showAnts() {
    ants = parsedOutlines(model.get("outlines"));
    antPaths = null;
    soon();
  }
  function tooled() {
    if (model.get("tool").name === taking) taking = null;
    if (polygon && model.get("tool").name !== polygon.about.tool) polygon = null;
    if (!root) return;
    showRing();
    soon();
  }
  const asker = makeAsker({
    on: () => model.get("hovering") && !live,
    where: (point) => toImage(local, ...point).map(round),
    ask: (serial, at) => send("hover", { serial, at }),
    left: () => send("hover", { serial: nextSerial(), at: null }),
    nextSerial,
  });
  const wire = makeWire({
    ask(from, to) {
      const serial = nextSerial();
      send("wire", { serial, from: from.map(round), to: to.map(round) });
      return serial;
    },
    changed: soon,
  });
  const fingers = makeFingers({ view: () => local, go });
  const navigator = makeNavigator({
    size: tiling.size,
    view: () => tiling.view(local),
    go(view) {
      const [wider, taller] = tiling.size();
      go(panned(view, (width - wider) / 2, (height - taller) / 2));
    },
  });
  const marks = makeMarks({
    model, size: () => [width, height], chose: (n) => send("finding", { n: [n] }),
  });
  const showMarks = () => {
    marks.follow();
    soon();
  };
  const divider = makeDivider(model, () => width, () => {
    root?.classList.toggle("wb-divided", model.get("divided"));
    captions.follow();
    place();
  });
  const captions = makeCaptions({
    model, each: tiling.each,
    shows: (first) => root?.classList.toggle("wb-first", first),
  });
  function start() {
    if (stop.signal.aborted) return;
    root = el.closest(".wb-stage");
    if (!root) return void requestAnimationFrame(start); // Jupyter attaches it a little later
    const on = (kind, fn, options) =>
      root.addEventListener(kind, fn, { signal: stop.signal, ...options });
    root.tabIndex = 0;
    root.setAttribute("role", "application");
    root.setAttribute("aria-label", model.get("label"));
    for (const canvas of root.querySelectorAll(":scope > canvas")) canvas.tabIndex = -1;
    on("pointerdown", down);
    on("pointermove", move);
    on("pointerup", up);
    on("pointercancel", up);
    on("lostpointercapture", up);
    on("pointerleave", leave);
    on("dblclick", doubled);
    on("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
    });
    on("wheel", turn, { passive: false });
    on("keydown", keydown);
    on("keyup", keyup);
    on("blur", keyup);
    // Hands are quicker than kernels: what comes after a press is of the tool that was pressed.
    root.closest(".wb-app")?.addEventListener("click", (event) => {
      const pressed = event.target.closest?.(".wb-palette button")?.textContent.trim();
      if (pressed && (taking !== null || pressed !== model.get("tool").name)) taking = pressed;
    }, { signal: stop.signal, capture: true });
    on("focus", tellSize); // of two views of one stage the one in use fits its place
    listenForPhotos(root, on, send, nextSerial);
    root.style.background = base ? SURROUND : "";
    measure();
    settle();
    place();
    showBusy();
    const sized = new ResizeObserver(resized);
    sized.observe(root);
    stop.signal.addEventListener("abort", () => sized.disconnect());
    watchDensity();
    const raw = Object.values(model.get("stores")).every((id) => stores.has(id));
    send("ready", { host: location.hostname, raw, ...sizeNow() });
  }
  el.append(style, under, tiled, lines, paper, ring, marks.layer, captions.layer, navigator.map, divider.line,
    busy);
  const listeners = [
    ["change:view", settle], ["change:frame", heardOfFrame], ["change:busy", showBusy],
    ["change:size", emptied], ["change:tool", tooled], ["change:base", () => showBase().catch(broken)],
    ["change:outlines", showAnts], ["change:findings", showMarks], ["change:divided change:divider", () => root && divider.show()],
    ["change:flicker change:captions", () => root && (captions.follow(), place())],
    ["change:hovering", () => model.get("hovering") || forget()], ["msg:custom", heard],
  ];
  function broken(error) {
    send("trouble", { words: `${error}` });
  }
  for (const [what, fn] of listeners) model.on(what, fn);
  local = kernelView();
  heardOfFrame();
  for (const [layer, id] of Object.entries(model.get("layers"))) {
    watch(layer, id).catch(() => {}); // the page does without, as said above
  }
  showBase().catch(broken);
  showAnts();
  showMarks();
  const halt = march((now) => {
    phase = now;
    drawLines();
  }, () => root && antPaths?.length);
  start();
  return () => {
    stop.abort();
    halt();
    captions.stop();
    base?.picture.close();
    cancelAnimationFrame(due);
    clearTimeout(later);
    for (const [what, fn] of listeners) model.off(what, fn);
  };
}

export default { initialize, render };
