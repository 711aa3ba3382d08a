import anyTest, {type TestFn} from 'ava';
import {UnavailableError} from '../../src/errors/errors.ts';
import {until} from '../helpers/start-server.ts';
import {serveHttp} from '../http/serve.ts';
import {closeBrowser, missingChromium, openPage, pasteFile} from './chromium-page.ts';

const test = (missingChromium === undefined ? anyTest : anyTest.skip) as TestFn;
anyTest.before(t => missingChromium !== undefined && t.log(missingChromium));
anyTest.after.always(closeBrowser);

const original = 'const a = 1;\nconst b = 2;\n';
const edited = 'const a = 1;\nconst c = 3;\n';
const answer = `${edited}\`\`\``;

/** The page with a short file and an instruction in its fields. */
async function openWithEdit(
	t: Parameters<typeof openPage>[0],
	text: string,
	options: Parameters<typeof serveHttp>[2] = {},
) {
	const service = await serveHttp(t, text, {...options, hasPage: true});
	const page = await openPage(t, service.baseURL.replace('/v1', '/'), {
		permissions: ['clipboard-read', 'clipboard-write'],
	});
	await page.getByRole('button', {name: 'Change a value'}).click();
	await pasteFile(page, original);
	await page.getByLabel('File', {exact: true}).fill('numbers.ts');
	await page.getByLabel('Instruction').fill('Rename b to c and make it 3.');
	return {...service, page};
}

test('an edit arrives in the colours of its sources, with counters, passes and the diff', async t => {
	const {page} = await openWithEdit(t, answer);
	await page.getByRole('button', {name: 'Run'}).click();
	await page.locator('#verdict').waitFor();
	t.regex((await page.locator('#verdict').textContent())!, /^Done: \d+ tokens in \d+ passes, /);
	const lines = page.locator('.lane .cm-line');
	t.deepEqual(await lines.allTextContents(), ['const a = 1;', 'const c = 3;', '']);
	t.true((await page.locator('.lane .source-original').count()) > 0);
	t.true((await page.locator('.lane .source-model').count()) > 0);
	t.regex((await page.locator('[data-figure="acceptedShare"]').textContent())!, /^\d+ %$/);
	t.regex(
		(await page.locator('.pass-canvas').getAttribute('aria-label'))!,
		/^\d+ passes: \d+ tokens drafted, \d+ of them accepted$/,
	);
	await page.getByRole('tab', {name: 'Diff'}).click();
	t.is(await page.locator('#diff .cm-deletedChunk').textContent(), 'const b = 2;');
	t.is(await page.locator('#diff .cm-changedLine').textContent(), 'const c = 3;');
});

test('an edit that changes nothing is told as such', async t => {
	const {page} = await openWithEdit(t, `${original}\`\`\``);
	await page.getByRole('button', {name: 'Run'}).click();
	await page.locator('#verdict').waitFor();
	t.regex((await page.locator('#verdict').textContent())!, /^The model changed nothing: /);
});

test('the result is copied and downloaded as it came', async t => {
	const {page} = await openWithEdit(t, answer);
	t.true(await page.getByRole('button', {name: 'Copy', exact: true}).isDisabled());
	await page.getByRole('button', {name: 'Run'}).click();
	await page.locator('#verdict').waitFor();
	await page.getByRole('button', {name: 'Copy', exact: true}).click();
	t.is(await page.evaluate('navigator.clipboard.readText()'), edited);
	const [download] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', {name: 'Download'}).click(),
	]);
	t.is(download.suggestedFilename(), 'numbers.ts');
});

test('a race runs with and without drafts and compares times and texts', async t => {
	const {page} = await openWithEdit(t, answer, {passMs: 5});
	await page.getByRole('button', {name: 'Race'}).click();
	await page.locator('#verdict').waitFor();
	t.is(await page.locator('.lane').count(), 2);
	t.regex(
		(await page.locator('#verdict').textContent())!,
		/times as fast, the same text, character for character\.$/,
	);
	const perPass = await page.locator('[data-figure="tokensPerPass"]').allTextContents();
	t.is(perPass[1], '1.0');
	t.true(Number(perPass[0]) > 2);
});

test('cancelling by button or key ends both runs on the model', async t => {
	const {page, admission, verifier} = await openWithEdit(t, 'x'.repeat(5000), {passMs: 20});
	for (const cancel of [
		() => page.getByRole('button', {name: 'Cancel'}).click(),
		() => page.keyboard.press('Escape'),
	]) {
		await page.getByRole('button', {name: 'Race'}).click();
		await until(() => admission.openEdits === 2);
		await cancel();
		await until(() => admission.openEdits === 0 && verifier.openSequences === 0);
		await page.locator('#verdict').waitFor();
		t.regex((await page.locator('#verdict').textContent())!, /^Cancelled after /);
		t.true(await page.getByRole('button', {name: 'Run'}).isVisible());
	}
});

test('a model that is lost in the middle keeps its text on the page and says what to do', async t => {
	const failures = new Map([[3, new UnavailableError('Triton 127.0.0.1:1: connection lost')]]);
	const {page} = await openWithEdit(t, 'y'.repeat(500), {failures});
	await page.getByRole('button', {name: 'Run'}).click();
	const problem = page.getByRole('alert');
	await problem.waitFor();
	t.regex((await problem.textContent())!, /^The model was lost in the middle of the edit\.Run it again/);
	t.regex((await problem.textContent())!, /Triton 127\.0\.0\.1:1: connection lost/);
	t.regex((await page.locator('.lane .cm-line').first().textContent())!, /^y+$/);
});

for (const [name, options, expected] of [
	['not ready', {isReady: false}, /^The model is not ready\./],
	['too small for the file', {contextTokens: 200}, /^The file is too long for this model\./],
	['short of bytes', {maxRequestBytes: 1024}, /^The file is too large for this service\./],
] as const) {
	test(`a service that is ${name} is told with what to do`, async t => {
		const {page} = await openWithEdit(t, answer, options);
		if (name === 'short of bytes') {
			await pasteFile(page, 'x'.repeat(2000));
		}

		await page.getByRole('button', {name: 'Run'}).click();
		await page.getByRole('alert').waitFor();
		t.regex((await page.getByRole('alert').textContent())!, expected);
	});
}

test('a service that is gone is told with how to start it', async t => {
	const {page, server} = await openWithEdit(t, answer);
	await server.stop(0);
	await page.getByRole('button', {name: 'Run'}).click();
	await page.getByRole('alert').waitFor();
	t.regex((await page.getByRole('alert').textContent())!, /^The service can not be reached\..*npm start/);
});
