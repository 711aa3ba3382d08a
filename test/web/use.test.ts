import anyTest, {type TestFn} from 'ava';
import {serveHttp} from '../http/serve.ts';
import {
	accessibilityProblems,
	closeBrowser,
	missingChromium,
	openPage,
	pasteFile,
	untilTrue,
} from './chromium-page.ts';

const test = (missingChromium === undefined ? anyTest : anyTest.skip) as TestFn;
anyTest.before(t => missingChromium !== undefined && t.log(missingChromium));
anyTest.after.always(closeBrowser);

async function serve(t: Parameters<typeof openPage>[0]): Promise<string> {
	const {baseURL} = await serveHttp(t, 'const a = 2;\n```', {hasPage: true});
	return baseURL.replace('/v1', '/');
}

const phone = {width: 390, height: 844};
const desktop = {width: 1360, height: 860};

for (const [colorScheme, viewport] of [
	['light', desktop],
	['dark', desktop],
	['light', phone],
	['dark', phone],
] as const) {
	test(`axe finds nothing on the page, ${colorScheme}, ${viewport.width} pixels wide`, async t => {
		const page = await openPage(t, await serve(t), {colorScheme, viewport, reducedMotion: 'reduce'});
		t.deepEqual(await accessibilityProblems(page), []);
		await page.getByRole('button', {name: 'Race'}).click();
		await page.locator('#verdict').waitFor();
		t.deepEqual(await accessibilityProblems(page), []);
		await page.getByRole('tab', {name: 'Diff'}).click();
		t.deepEqual(await accessibilityProblems(page), []);
		await page.getByRole('button', {name: 'Change a value'}).click();
		await page.getByLabel('Instruction').fill('');
		await page.keyboard.press('Control+Enter');
		await page.getByRole('alert').waitFor();
		t.deepEqual(await accessibilityProblems(page), []);
	});

	test(`nothing is wider than a window of ${viewport.width} pixels, ${colorScheme}`, async t => {
		const page = await openPage(t, await serve(t), {colorScheme, viewport});
		await page.getByRole('button', {name: 'Race'}).click();
		await page.locator('#verdict').waitFor();
		t.is(await page.evaluate('document.documentElement.scrollWidth'), viewport.width);
	});
}

test('an edit is run by keys alone, and its end is told to screen readers', async t => {
	const page = await openPage(t, await serve(t));
	await page.keyboard.press('Tab');
	t.is(await page.evaluate('document.activeElement.className'), 'skip');
	for (const expected of ['theme', 'chip', 'chip', 'chip', 'chip', 'path', 'open', 'cm-content']) {
		await page.keyboard.press('Tab');
		const {id, name} = (await page.evaluate(
			'({id: document.activeElement.id, name: document.activeElement.className})',
		)) as {id: string; name: string};
		t.true(id === expected || name.split(' ').includes(expected), `${expected}: ${id} ${name}`);
	}

	await page.keyboard.press('Control+Enter');
	await page.locator('#verdict').waitFor();
	t.is(await page.getByRole('status').first().textContent(), await page.locator('#verdict').textContent());
	await page.getByRole('tab', {name: 'Text'}).focus();
	await page.keyboard.press('ArrowRight');
	t.is(await page.getByRole('tab', {name: 'Diff'}).getAttribute('aria-selected'), 'true');
});

test('the theme follows the system until it is chosen, and the choice stays', async t => {
	const page = await openPage(t, await serve(t), {colorScheme: 'dark'});
	const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
	const dark = await background();
	await page.getByRole('button', {name: 'Switch to light'}).click();
	t.not(await background(), dark);
	await page.reload();
	t.not(await background(), dark);
	await page.getByRole('button', {name: 'Switch to dark'}).click();
	t.is(await background(), dark);
});

test('a link brings an edit back, an example by its name', async t => {
	const url = await serve(t);
	const page = await openPage(t, url, {permissions: ['clipboard-read', 'clipboard-write']});
	await page.getByRole('button', {name: 'Copy link'}).click();
	await page.getByText('The link is copied.').waitFor({state: 'attached'});
	t.is(await page.evaluate('navigator.clipboard.readText()'), `${url}#example=update`);
	await pasteFile(page, 'let 漢字 = "🙂";\n');
	await page.getByLabel('Instruction').fill('Say ünïcode.');
	await page.getByRole('button', {name: 'Copy link'}).click();
	await untilTrue(page, 'location.hash.startsWith("#edit=")');
	const link = (await page.evaluate('navigator.clipboard.readText()')) as string;
	const other = await openPage(t, link);
	t.is(await other.getByLabel('Instruction').inputValue(), 'Say ünïcode.');
	t.is(await other.locator('#original .cm-line').first().textContent(), 'let 漢字 = "🙂";');
});

test('a file is opened with its name, and one that is not text is told', async t => {
	const page = await openPage(t, await serve(t));
	await page
		.locator('#open')
		.setInputFiles({name: 'x.py', mimeType: 'text/x-python', buffer: Buffer.from('a = 1\n')});
	await untilTrue(page, 'document.querySelector("#path").value === "x.py"');
	t.is(await page.locator('#original .cm-line').first().textContent(), 'a = 1');
	await page
		.locator('#open')
		.setInputFiles({name: 'x.bin', mimeType: '', buffer: Buffer.from([0xff, 0xfe, 0xff])});
	await page.getByRole('alert').waitFor();
	t.regex((await page.getByRole('alert').textContent())!, /^x\.bin is not text\./);
});
