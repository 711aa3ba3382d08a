/**
 * Takes the README's pictures of the page, of a service that runs with the built-in model: an edit as it ended, and a
 * race as it runs.
 *   npm run screenshots -- http://127.0.0.1:8080/
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {type Browser, type BrowserContextOptions, chromium, type Page} from 'playwright-core';
import {chromiumArguments} from './chromium-page.ts';
import {findChromium} from './install-chromium.mjs';
import {movingPicture, recordPage} from './moving-picture.ts';

const directory = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const timeout = 300_000;
const maxPictureBytes = 1_500_000;

interface Shot {
	readonly name: string;
	/** The example that the page begins with. */
	readonly example: string;
	readonly window: BrowserContextOptions;
	/** @returns the picture as PNG */
	readonly take: (page: Page) => Promise<Buffer>;
}

const shots: readonly Shot[] = [
	{
		name: 'edit',
		example: 'update',
		window: {viewport: {width: 1280, height: 800}, colorScheme: 'light'},
		take: async page => {
			await run(page, 'Run');
			return page.screenshot();
		},
	},
	{
		name: 'race',
		example: 'value',
		window: {viewport: {width: 1280, height: 800}, colorScheme: 'dark'},
		take: async page => {
			const frames = await recordPage(page, run(page, 'Race'));
			return movingPicture(frames, {maxFrames: 100, lastMs: 4000, numColors: 64});
		},
	},
];

async function run(page: Page, name: string): Promise<void> {
	await page.getByRole('button', {name}).click();
	await page.locator('#verdict').waitFor({timeout});
}

async function takeShot(browser: Browser, url: string, {name, example, window, take}: Shot): Promise<void> {
	const context = await browser.newContext(window);
	const page = await context.newPage();
	await page.goto(`${url}#example=${example}`);
	await page.locator('.chip').first().waitFor();
	const picture = await take(page);
	await context.close();
	if (picture.length > maxPictureBytes) {
		throw new Error(`${name}.png: expected at most ${maxPictureBytes} bytes, got ${picture.length}`);
	}

	writeFileSync(`${directory}${name}.png`, picture);
}

const [url = 'http://127.0.0.1:8080/'] = process.argv.slice(2);
const executablePath = findChromium();
if (executablePath === undefined) {
	throw new Error('Chromium: expected one on this machine, got none; see test/web/install-chromium.mjs');
}

mkdirSync(directory, {recursive: true});
const browser = await chromium.launch({executablePath, args: chromiumArguments});
try {
	for (const shot of shots) {
		await takeShot(browser, url, shot);
	}
} finally {
	await browser.close();
}
