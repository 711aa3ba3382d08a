/** Path of a Chromium; undefined where there is none. */
export function findChromium(): string | undefined;
/** Path of a Chromium, which may have been installed just now. */
export function installChromium(): string | undefined;
