// What the hand is doing, drawn at once: hard strokes, boxes, outlines. Page pixels, a 2d context.
import { toPage } from "./view.js";

const CLOSING = 8; // page pixels from a polygon's first corner that close it
export const closes = (view, corners, at) => {
  const [x, y] = toPage(view, corners[0]);
  return corners.length >= 3 && Math.hypot(at[0] - x, at[1] - y) <= CLOSING;
};

function trace(pen, points) {
  pen.beginPath();
  pen.moveTo(...points[0]);
  for (const point of points.length > 1 ? points.slice(1) : points) pen.lineTo(...point);
}

// White over black reads on any photo.
function twice(pen, dash = []) {
  pen.setLineDash([]);
  pen.lineWidth = 3;
  pen.strokeStyle = "#000c";
  pen.stroke();
  pen.setLineDash(dash);
  pen.lineWidth = 1.5;
  pen.strokeStyle = "#fff";
  pen.stroke();
  pen.setLineDash([]);
}

// from: the first point that is new, where the rest is drawn already
export function drawEcho(pen, view, echo, from = 0) {
  const points = echo.points.slice(Math.max(from - 1, 0)).map((p) => toPage(view, p));
  pen.strokeStyle = pen.fillStyle = echo.colour;
  if (echo.echo === "box" || echo.echo === "zoom") {
    const [[x0, y0], [x1, y1]] = [points[0], points.at(-1)];
    pen.beginPath();
    pen.rect(x0, y0, x1 - x0, y1 - y0);
    if (echo.echo === "zoom") return twice(pen, [4, 4]);
    pen.lineWidth = 2;
    pen.setLineDash([6, 4]);
    pen.stroke();
    pen.setLineDash([]);
    return;
  }
  pen.lineWidth = echo.echo === "stroke" ? Math.max(echo.width * view.scale, 1) : 2;
  trace(pen, points);
  if (echo.closed) pen.closePath();
  pen.stroke();
  if (echo.echo !== "stroke" && points.length > 2) {
    pen.globalAlpha = 0.3;
    pen.fill();
    pen.globalAlpha = 1;
  }
}

// A polygon under way: its corners, the line along them (which may be longer), the line to the
// pointer (or null), the place that closes it.
export function drawPolygon(pen, view, corners, line, pointer) {
  const points = corners.map((p) => toPage(view, p));
  const shut = pointer && closes(view, corners, pointer);
  const along = line.map((p) => toPage(view, p));
  trace(pen, pointer && !shut ? [...along, pointer] : along);
  if (shut) pen.closePath();
  twice(pen, shut ? [] : [6, 4]);
  points.forEach(([x, y], n) => {
    const radius = n === 0 ? (shut ? CLOSING : 5) : 3;
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    twice(pen);
  });
}
