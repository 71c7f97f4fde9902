// A photo dropped on the stage, or pasted while it has the focus, on its way to the kernel.

const PIECE = 4 * 2 ** 20; // Jupyter's server hangs up on a message of more than 10 MiB
const LARGEST = 512 * 2 ** 20; // as arriving.LARGEST; the kernel says so
const TYPES = /^image\/(jpeg|png|webp|tiff|bmp|x-ms-bmp)$/;
const ENDINGS = /\.(jpe?g|png|webp|tiff?|bmp)$/i;
const isRaster = (file) => TYPES.test(file.type) || (!file.type && ENDINGS.test(file.name));

// As pieces in messages of type "photo"; see arriving.py. Besides photos it hands over what has one
// of the endings.
export async function handOver(file, send, serial, endings = []) {
  const raster = isRaster(file) || endings.some((one) => file.name.toLowerCase().endsWith(one));
  const empty = !raster || file.size > LARGEST;
  const parts = empty ? 1 : Math.max(1, Math.ceil(file.size / PIECE));
  for (let part = 0; part < parts; part++) {
    const piece = empty ? new ArrayBuffer(0) : await file.slice(part * PIECE, (part + 1) * PIECE).arrayBuffer();
    send("photo", { name: file.name, size: file.size, raster, serial, part, parts }, [piece]);
  }
}

export function listenForPhotos(root, on, send, nextSerial) {
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const take = (event, files) => {
    event.preventDefault();
    event.stopPropagation();
    root.classList.remove("wb-dropping");
    const file = files.find(isRaster) ?? files[0];
    if (file) handOver(file, send, nextSerial()).catch((error) => send("trouble", { words: `${error}` }));
  };
  for (const kind of ["dragenter", "dragover"]) {
    on(kind, (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      event.stopPropagation();
      event.dataTransfer.dropEffect = "copy";
      root.classList.add("wb-dropping");
    });
  }
  on("dragleave", (event) => {
    if (!root.contains(event.relatedTarget)) root.classList.remove("wb-dropping");
  });
  on("drop", (event) => hasFiles(event) && take(event, [...event.dataTransfer.files]));
  on("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length) take(event, files);
  });
}
