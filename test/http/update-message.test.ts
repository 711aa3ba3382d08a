import test from 'ava';
import fc from 'fast-check';
import {parseUpdateMessage} from '../../src/http/chat/update-message.ts';

test('instruction, code and update are read, with and without line breaks between the tags', t => {
	const expected = {instruction: 'Do it.', original: 'a\nb\n', update: 'b2\n'};
	for (const gap of ['', '\n', ' \n\n']) {
		const message = `<instruction>Do it.</instruction>${gap}<code>a\nb\n</code>${gap}<update>b2\n</update>`;
		t.deepEqual(parseUpdateMessage(message), expected);
	}
});

test('texts on lines of their own lose the line breaks of the tags, and no more', t => {
	t.deepEqual(parseUpdateMessage('<code>\n\n\ta\n\n</code>\n<update>\nb\n</update>'), {
		instruction: '',
		original: '\n\ta\n',
		update: 'b',
	});
});

test('an opening tag that is missing, and a closing one of the update, are done without', t => {
	const expected = {instruction: 'Do it.', original: 'a\n', update: 'b'};
	t.deepEqual(parseUpdateMessage('Do it.</instruction><code>a\n</code><update>b'), expected);
	t.deepEqual(parseUpdateMessage('<instruction>Do it.</instruction>a\n</code><update>b</update>'), expected);
});

test('a message without code and update is none', t => {
	for (const message of ['', 'Hello', '<code>a</code>', '<update>b</update><code>a</code>']) {
		t.is(parseUpdateMessage(message), undefined);
	}
});

test('code and update may hold the tags, the border between them too', t => {
	const border = '</code>\n<update>';
	for (const [original, update] of [
		['x = "<code>";\ny = "</update></code>"', 'y = "<update>"'],
		[`x = "${border}"`, 'y'],
		[`x = "${border}"`, `z = "${border}"`],
	] as const) {
		const message = `<instruction>i</instruction>\n<code>${original}${border}${update}</update>`;
		t.deepEqual(parseUpdateMessage(message), {instruction: 'i', original, update});
	}
});

test('whatever holds no tag comes back as it was', t => {
	const text = fc.string().filter(value => !value.includes('<') && !value.startsWith('\n'));
	fc.assert(
		fc.property(text, text, text, (instruction, original, update) => {
			const message = `<instruction>${instruction}</instruction>\n<code>${original}</code>\n<update>${update}</update>`;
			t.deepEqual(parseUpdateMessage(message), {instruction: instruction.trim(), original, update});
		}),
	);
});
