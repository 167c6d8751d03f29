// What these tools share with the scripts that run before anything is installed or built: those stay plain JavaScript.
// @boundaries-ignore the scripts lie beside the workspaces, because they build them
export { type CommandOptions, at, runCommand, runStep, secondsSince, top } from '../../steps.mjs';
