import type {ExecutionContext} from 'ava';
import axe from 'axe-core';
import {type Browser, type BrowserContextOptions, chromium, type Page} from 'playwright-core';
import {findChromium} from './install-chromium.mjs';

/** Without its own traffic: what Chromium looks up at its start goes nowhere on a machine without a network. */
export const chromiumArguments = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];

const executablePath = findChromium();

/** A notice where the tests of the page can't run; undefined where they can. */
export const missingChromium =
	executablePath === undefined ? 'no Chromium on this machine: the page is not tested' : undefined;

let browser: Promise<Browser> | undefined;

/** The page at an address in a new window; whatever it reports as an error fails the test. */
export async function openPage(
	t: ExecutionContext,
	url: string,
	options: BrowserContextOptions = {},
): Promise<Page> {
	browser ??= chromium.launch({executablePath: executablePath!, args: chromiumArguments});
	const context = await (await browser).newContext({viewport: {width: 1360, height: 860}, ...options});
	const page = await context.newPage();
	const problems: string[] = [];
	page.on('pageerror', error => problems.push(error.message));
	page.on('console', message => {
		// The statuses of failed requests are told on the page.
		if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
			problems.push(message.text());
		}
	});
	t.teardown(async () => {
		await context.close();
		if (problems.length > 0) {
			throw new Error(`page: expected no errors, got ${problems.join('\n')}`);
		}
	});
	await page.goto(url);
	// The edit of the link, or the first example, is in its fields.
	await untilTrue(page, 'document.querySelector("#path").value !== ""');
	return page;
}

/** Replaces the text of the editor on the left by what is pasted. */
export async function pasteFile(page: Page, text: string): Promise<void> {
	await page.getByLabel('File to edit').focus();
	await page.keyboard.press('Control+A');
	await page.evaluate(`
		const data = new DataTransfer();
		data.setData('text/plain', ${JSON.stringify(text)});
		const paste = new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true});
		document.activeElement.dispatchEvent(paste);
	`);
}

/** Waits for an expression: the page's policy lets Playwright's own waiting not evaluate one. */
export async function untilTrue(page: Page, expression: string): Promise<void> {
	while (!(await page.evaluate(expression))) {
		await new Promise(resolve => setTimeout(resolve, 20));
	}
}

/** Closes the browser, after the last test of a file. */
export async function closeBrowser(): Promise<void> {
	await (await browser)?.close();
}

/** What axe finds wrong with the page, by its rules for WCAG 2.2 AA. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
	// As the debugger evaluates it: the page's policy lets no other script in.
	await page.evaluate(axe.source);
	const options = {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']};
	const {violations} = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as {
		violations: {id: string; nodes: {html: string; failureSummary: string}[]}[];
	};
	return violations.flatMap(({id, nodes}) =>
		nodes.map(({html, failureSummary}) => `${id}: ${html.slice(0, 200)}\n${failureSummary}`),
	);
}
