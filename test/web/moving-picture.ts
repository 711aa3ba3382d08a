import type {Page} from 'playwright-core';
import UPNG from 'upng-js';

/** The page at a moment. */
export interface Frame {
	readonly png: Buffer;
	/** Since the first frame. */
	readonly atMs: number;
}

/** How a picture is made of frames. */
export interface PictureOptions {
	/** Frames of the picture, at most; of more, those that are nearest to equal steps are taken. */
	readonly maxFrames: number;
	/** How long the last one is shown. */
	readonly lastMs: number;
	/** Colours of a frame. */
	readonly numColors: number;
}

/** Takes frames of a page as fast as it gives them, until something has come to its end, and one of the end. */
export async function recordPage(page: Page, until: Promise<unknown>): Promise<Frame[]> {
	const frames: Frame[] = [];
	let isOver = false;
	const over = until.finally(() => {
		isOver = true;
	});
	let startMs: number | undefined;
	const take = async () => {
		const png = await page.screenshot();
		startMs ??= performance.now();
		frames.push({png, atMs: performance.now() - startMs});
	};
	while (!isOver) {
		await take();
	}

	await over;
	await take();
	return frames;
}

/** A picture that moves as the page did, at its own speed, again and again: an animated PNG. */
export function movingPicture(frames: readonly Frame[], options: PictureOptions): Buffer {
	const chosen = inEqualSteps(changed(frames), options.maxFrames);
	const images = chosen.map(({png}) => UPNG.decode(arrayBufferOf(png)));
	const {width, height} = images[0]!;
	const pixels = images.map(image => UPNG.toRGBA8(image)[0]!);
	const delaysMs = chosen.map(({atMs}, index) =>
		Math.round(index + 1 < chosen.length ? chosen[index + 1]!.atMs - atMs : options.lastMs),
	);
	return Buffer.from(UPNG.encode(pixels, width, height, options.numColors, delaysMs));
}

/** Without those that look like the one before. */
function changed(frames: readonly Frame[]): Frame[] {
	return frames.filter(({png}, index) => index === 0 || !png.equals(frames[index - 1]!.png));
}

/** The first, the last, and those between that are the next at or behind each step. */
function inEqualSteps(frames: readonly Frame[], maxFrames: number): Frame[] {
	const stepMs = frames.at(-1)!.atMs / (maxFrames - 1);
	const chosen: Frame[] = [];
	for (const frame of frames.slice(0, -1)) {
		if (frame.atMs >= chosen.length * stepMs) {
			chosen.push(frame);
		}
	}

	return [...chosen, frames.at(-1)!];
}

function arrayBufferOf(bytes: Buffer): ArrayBuffer {
	const copy = new ArrayBuffer(bytes.length);
	new Uint8Array(copy).set(bytes);
	return copy;
}
