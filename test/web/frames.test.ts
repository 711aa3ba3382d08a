import anyTest, {type TestFn} from 'ava';
import type {Page} from 'playwright-core';
import {quickVerifier} from '../http/quick-verifier.ts';
import {serveHttp} from '../http/serve.ts';
import {closeBrowser, missingChromium, openPage, pasteFile} from './chromium-page.ts';

const test = (missingChromium === undefined ? anyTest : anyTest.skip) as TestFn;
anyTest.before(t => missingChromium !== undefined && t.log(missingChromium));
anyTest.after.always(closeBrowser);

const numLines = 2000;
const file = `${Array.from({length: numLines}, (_, index) => `export const value${index} = compute(${index}, 'text');`).join('\n')}\n`;

/** Notes the time between frames, as the page sees it. */
async function countFrames(page: Page): Promise<() => Promise<number[]>> {
	await page.evaluate(`
		window.frames_ = [];
		let last = performance.now();
		const note = now => {
			frames_.push(now - last);
			last = now;
			requestAnimationFrame(note);
		};
		requestAnimationFrame(note);
	`);
	return async () => (await page.evaluate('frames_')) as number[];
}

test(`the page is drawn all the while as a file of ${numLines} lines arrives, with what is in sight alone in the document`, async t => {
	const service = await serveHttp(t, `${file}\`\`\``, {
		hasPage: true,
		contextTokens: 1_000_000,
		maxDraftTokens: 128,
		createVerifier: target => quickVerifier(target, 10),
	});
	const page = await openPage(t, service.baseURL.replace('/v1', '/'));
	await page.getByRole('button', {name: 'Change a value'}).click();
	await pasteFile(page, file);
	await page.getByLabel('Instruction').fill('Change nothing.');
	await page.getByRole('button', {name: 'Run'}).click();
	await page.locator('.lane .cm-line').nth(20).waitFor();
	const framesOf = await countFrames(page);
	await page.locator('#verdict').waitFor({timeout: 120_000});
	const frames = (await framesOf()).toSorted((a, b) => a - b);
	const median = frames[frames.length >> 1]!;
	t.log(
		`${frames.length} frames, median ${median.toFixed(1)} ms, 95 % below ${frames[Math.floor(0.95 * frames.length)]!.toFixed(1)} ms`,
	);
	// How many a second depends on the machine.
	t.true(frames.length > 60);
	t.true((await page.locator('.lane .cm-line').count()) < 200);
	await page.locator('.lane .cm-line', {hasText: `value${numLines - 1} `}).waitFor();
});
