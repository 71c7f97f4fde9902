// How the stage looks. JupyterLab's own colours where it has them, so that it is dark where Lab is.
export const STYLE = `
.wb-stage { position: relative; outline: none; touch-action: none; user-select: none;
  isolation: isolate; /* for .wb-under, which lies below the layers though it is not beside them */
  background: repeating-conic-gradient(#7a7a7a 0 25%, #868686 0 50%) 0 0 / 16px 16px; }
.wb-stage:focus > .wb-pointer::after, .wb-stage.wb-dropping > .wb-pointer::after { content: "";
  position: absolute; inset: 0; pointer-events: none;
  box-shadow: inset 0 0 0 2px var(--jp-brand-color1, #1976d2), inset 0 0 0 3px #fffa; }
.wb-stage.wb-dropping > .wb-pointer::after { background: #1976d255; }
.wb-stage > * { position: absolute; left: 0; top: 0; margin: 0; padding: 0; }
.wb-stage > canvas { pointer-events: none; transform-origin: 0 0; outline: none;
  will-change: transform; }
.wb-stage:not(.wb-divided):not(.wb-first) > .wb-before { visibility: hidden !important; }
.wb-captions { position: absolute; inset: 0; pointer-events: none; }
.wb-caption { position: absolute; left: 6px; top: 6px; padding: 1px 7px; border: 0;
  border-radius: 3px; background: #000b; color: #fff; max-width: 45%; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; font: 11px/17px system-ui, sans-serif; }
button.wb-caption { pointer-events: auto; cursor: pointer; }
button.wb-caption:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); }
.wb-pointer { overflow: hidden; }
.wb-pointer canvas { position: absolute; left: 0; top: 0; pointer-events: none; }
.wb-pointer .wb-under { z-index: -1; transform-origin: 0 0; }
.wb-pointer .wb-echo, .wb-pointer .wb-soft { opacity: 0.55; }
.wb-pointer .wb-soft { transform-origin: 0 0; }
.wb-ring { position: absolute; left: 0; top: 0; box-sizing: border-box; border-radius: 50%;
  border: 1px solid #fff; box-shadow: 0 0 0 1px #0009, inset 0 0 0 1px #0009;
  pointer-events: none; display: none; }
.wb-busy { position: absolute; left: 8px; bottom: 8px; padding: 4px 10px; border-radius: 4px;
  background: var(--jp-layout-color1, #222); color: var(--jp-ui-font-color1, #fff); opacity: 0.94;
  border: 1px solid var(--jp-border-color1, #555); pointer-events: none;
  font: 12px/1.4 var(--jp-ui-font-family, system-ui, sans-serif); }
.wb-busy div { height: 3px; margin-top: 3px; background: var(--jp-layout-color3, #555); }
.wb-busy div div { margin: 0; background: var(--jp-brand-color1, #6cf); }
.wb-busy.wb-unsure div div { animation: wb-unsure 1.2s ease-in-out infinite alternate; }
@keyframes wb-unsure { from { margin-left: 0; } to { margin-left: 70%; } }
.wb-navigator { position: absolute; right: 8px; bottom: 8px; overflow: hidden; cursor: grab;
  touch-action: none; border: 1px solid var(--jp-border-color1, #555);
  border-radius: 3px; box-shadow: 0 1px 4px #0008; }
.wb-navigator:active { cursor: grabbing; }
.wb-sight { position: absolute; left: 0; top: 0; box-sizing: border-box; pointer-events: none;
  border: 1.5px solid #fff; box-shadow: inset 0 0 0 1px #000, 0 0 0 1px #000, 0 0 0 999px #0007; }
.wb-marks { position: absolute; inset: 0; pointer-events: none; }
.wb-mark { position: absolute; left: 0; top: 0; box-sizing: border-box; border: 2px dashed #fff;
  outline: 1px solid #000; box-shadow: inset 0 0 0 1px #000; }
.wb-mark.wb-severe { border-style: solid; }
.wb-mark.wb-picked { border: 3px solid #56b4e9; z-index: 1; }
.wb-mark button { position: absolute; left: -3px; bottom: 100%; min-width: 22px; height: 20px;
  padding: 0 4px; border: 1px solid #000; border-radius: 6px 6px 6px 0; background: #fff; color: #000;
  font: 700 12px/18px system-ui, sans-serif; cursor: pointer; pointer-events: auto; }
.wb-mark.wb-top button { bottom: auto; top: -2px; } /* above it is no room */
.wb-mark.wb-picked button { background: #56b4e9; }
.wb-mark button:focus-visible { outline: 3px solid #000; box-shadow: 0 0 0 5px #fff; }
.wb-divider { position: absolute; top: 0; bottom: 0; width: 24px; margin-left: -12px;
  cursor: ew-resize; touch-action: none; }
.wb-divider::before { content: ""; position: absolute; left: 11px; top: 0; bottom: 0; width: 2px;
  background: #fff; box-shadow: 0 0 0 1px #000a; }
.wb-divider::after { content: "◂ ▸"; position: absolute; left: -2px; top: calc(50% - 14px);
  width: 28px; height: 28px; border-radius: 14px; box-sizing: border-box; text-align: center;
  font: 11px/26px system-ui, sans-serif; white-space: nowrap; background: #fff; color: #222;
  border: 1px solid #0008; }
.wb-navigator:focus-visible, .wb-divider:focus-visible { outline: 2px solid
  var(--jp-brand-color1, #1976d2); outline-offset: 1px; }
.wb-stage [hidden] { display: none; }
@media (prefers-reduced-motion: reduce) { .wb-busy.wb-unsure div div { animation: none; } }`;
