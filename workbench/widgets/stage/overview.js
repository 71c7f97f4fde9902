// The small picture of the whole photo: below the layers where they do not reach, and as a map in a
// corner when there is more of the photo than is in sight.
import { centred, toImage, toPage } from "./view.js";

const SURROUND = "#343434"; // as pictures.SURROUND
const MAP = 132; // page pixels a side, at most

export async function unpacked({ jpeg, image }) {
  const bytes = new Uint8Array(jpeg.buffer, jpeg.byteOffset, jpeg.byteLength);
  // Straight from the bytes: no address that somebody would have to take back.
  return { picture: await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })), image };
}

export function drawUnder(pen, view, width, height, base) {
  pen.clearRect(0, 0, width, height);
  if (!base) return;
  pen.fillStyle = SURROUND;
  pen.fillRect(0, 0, width, height);
  // Only what is in sight: at 3,200 % the whole would be a hundred thousand pixels wide.
  const { picture, image: [tall, wide] } = base;
  const [[x0, y0], [x1, y1]] = [toImage(view, 0, 0), toImage(view, width, height)];
  const [kx, ky] = [picture.width / wide, picture.height / tall];
  const left = Math.max(0, Math.floor(x0 * kx) - 1) / kx;
  const top = Math.max(0, Math.floor(y0 * ky) - 1) / ky;
  const right = Math.min(picture.width, Math.ceil(x1 * kx) + 1) / kx;
  const bottom = Math.min(picture.height, Math.ceil(y1 * ky) + 1) / ky;
  if (right <= left || bottom <= top) return;
  const [[px, py], [qx, qy]] = [toPage(view, [left, top]), toPage(view, [right, bottom])];
  pen.drawImage(
    picture, left * kx, top * ky, (right - left) * kx, (bottom - top) * ky, px, py, qx - px, qy - py,
  );
}

// The map: a canvas to put into the stage, and what redraws it. go(view) moves the stage.
export function makeNavigator({ size, view, go }) {
  const map = document.createElement("canvas");
  map.className = "wb-navigator wb-own";
  map.hidden = true;
  map.tabIndex = 0;
  map.title = "Drag to move what is in sight";
  map.setAttribute("role", "group");
  map.setAttribute("aria-label", "Navigator");
  const pen = map.getContext("2d");
  let base = null;
  let k = 1; // page pixels of the map in one image pixel
  let grip = null; // while it is dragged: from the pointer to the middle of what is in sight

  function draw(now) {
    base = now;
    const [width, height] = size();
    const fit = base && Math.min(width / base.image[1], height / base.image[0]);
    map.hidden = !base || view().scale <= fit * 1.01;
    if (map.hidden) return;
    const [tall, wide] = base.image;
    k = MAP / Math.max(tall, wide);
    const dense = Math.max(devicePixelRatio, 1);
    const [w, h] = [Math.max(wide * k, 8), Math.max(tall * k, 8)];
    [map.width, map.height] = [Math.round(w * dense), Math.round(h * dense)];
    [map.style.width, map.style.height] = [`${w}px`, `${h}px`];
    pen.scale(dense, dense);
    pen.drawImage(base.picture, 0, 0, w, h);
    const [[x0, y0], [x1, y1]] = [toImage(view(), 0, 0), toImage(view(), width, height)];
    const at = (value, most) => Math.min(Math.max(value * k, 0), most);
    const frame = [at(x0, w), at(y0, h), at(x1, w) - at(x0, w), at(y1, h) - at(y0, h)];
    pen.fillStyle = "#0007";
    pen.beginPath();
    pen.rect(0, 0, w, h);
    pen.rect(...frame);
    pen.fill("evenodd");
    for (const [colour, thick] of [["#000", 3], ["#fff", 1.5]]) {
      pen.strokeStyle = colour;
      pen.lineWidth = thick;
      pen.strokeRect(...frame);
    }
  }
  const under = (event) => {
    const box = map.getBoundingClientRect();
    const [left, top] = [box.left + map.clientLeft, box.top + map.clientTop]; // inside its border
    return [(event.clientX - left) / k, (event.clientY - top) / k];
  };
  const middle = () => toImage(view(), size()[0] / 2, size()[1] / 2);
  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    map.focus({ preventScroll: true });
    map.setPointerCapture(event.pointerId);
    const [[x, y], [mx, my], [width, height]] = [under(event), middle(), size()];
    const inside = 2 * Math.abs(x - mx) * view().scale < width && 2 * Math.abs(y - my) * view().scale < height;
    grip = inside ? [mx - x, my - y] : [0, 0]; // beside the frame: it comes to the pointer
    if (!inside) go(centred(view().scale, [x, y], width, height));
  });
  map.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [x, y] = under(event);
    go(centred(view().scale, [x + grip[0], y + grip[1]], ...size()));
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
    map.addEventListener(kind, () => (grip = null));
  }
  map.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    const [[x, y], [width, height], { scale }] = [middle(), size(), view()];
    go(centred(scale, [x + (way[0] * width) / 10 / scale, y + (way[1] * height) / 10 / scale], width, height));
  });
  return { map, draw };
}
