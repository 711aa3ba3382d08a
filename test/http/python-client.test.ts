import test from 'ava';
import {runPythonClient} from './python-client.ts';
import {serveHttp} from './serve.ts';

const edited = 'const a = 1;\nconst c = 3;\n';

test("OpenAI's client for Python completes, streams, lists models, and throws a bad request with its field", async t => {
	const {baseURL} = await serveHttp(t, edited);
	const seen = (await runPythonClient(baseURL)) as {
		accepted: number;
		whole_tokens: number;
		streamed_tokens: number;
	};
	t.like(seen, {
		whole: edited,
		finish: 'stop',
		streamed: edited,
		models: ['smollm2-135m-instruct'],
		refused: {param: 'n', type: 'invalid_request_error'},
	});
	t.true(seen.accepted > 0);
	t.is(seen.streamed_tokens, seen.whole_tokens);
});
