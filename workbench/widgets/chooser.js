import { handOver } from "./stage/arriving.js";

// A button that hands a picture from this computer to the kernel: chosen, or dropped on it.
// ipywidgets' own FileUpload carries a counter in its name and cannot be dropped on.
function render({ model, el }) {
  const button = document.createElement("button");
  button.className = "jupyter-widgets jupyter-button widget-button wb-chooser";
  button.title = model.get("words");
  const icon = document.createElement("i");
  icon.className = "fa fa-folder-open-o";
  icon.setAttribute("aria-hidden", "true");
  button.append(icon, ` ${model.get("name")}`);
  const input = document.createElement("input");
  input.type = "file";
  input.accept = model.get("accept");
  input.hidden = true;
  input.setAttribute("aria-label", `${model.get("name")}: file`);

  async function hand(file) {
    if (!file) return;
    button.disabled = true;
    try {
      const send = (type, more, pieces) => model.send({ type, ...more }, undefined, pieces);
      const endings = model.get("accept").split(",").filter((kind) => kind.startsWith("."));
      await handOver(file, send, Date.now(), endings);
    } finally {
      button.disabled = false;
      input.value = ""; // the same file may be chosen again
    }
  }

  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => hand(input.files[0]));
  button.addEventListener("dragover", (event) => event.preventDefault());
  button.addEventListener("drop", (event) => {
    event.preventDefault();
    hand(event.dataTransfer.files[0]);
  });
  el.append(button, input);
}

export default { render };
