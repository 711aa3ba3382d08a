/**
 * Takes the README's pictures of the page, of a service that runs with the built-in model.
 *   npm run screenshots -- http://127.0.0.1:8080/
 */
import {mkdirSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {type Browser, chromium, type Page} from 'playwright-core';
import {chromiumArguments} from './chromium-page.ts';
import {findChromium} from './install-chromium.mjs';

const directory = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const timeout = 300_000;
const shots: readonly {
	name: string;
	colorScheme: 'light' | 'dark';
	hash: string;
	act: (page: Page) => Promise<void>;
}[] = [
	{name: 'edit', colorScheme: 'light', hash: '#example=update', act: run},
	{name: 'race', colorScheme: 'dark', hash: '#example=value', act: race},
];

async function run(page: Page): Promise<void> {
	await page.getByRole('button', {name: 'Run'}).click();
	await page.locator('#verdict').waitFor({timeout});
}

async function race(page: Page): Promise<void> {
	await page.getByRole('button', {name: 'Race'}).click();
	await page.locator('#verdict').waitFor({timeout});
}

async function take(
	browser: Browser,
	url: string,
	{name, colorScheme, hash, act}: (typeof shots)[number],
): Promise<void> {
	const context = await browser.newContext({viewport: {width: 1280, height: 800}, colorScheme});
	const page = await context.newPage();
	await page.goto(url + hash);
	await page.locator('.chip').first().waitFor();
	await act(page);
	await page.screenshot({path: `${directory}${name}.png`});
	await context.close();
}

const [url = 'http://127.0.0.1:8080/'] = process.argv.slice(2);
const executablePath = findChromium();
if (executablePath === undefined) {
	throw new Error('Chromium: expected one on this machine, got none; see test/web/install-chromium.mjs');
}

mkdirSync(directory, {recursive: true});
const browser = await chromium.launch({executablePath, args: chromiumArguments});
for (const shot of shots) {
	await take(browser, url, shot);
}

await browser.close();
