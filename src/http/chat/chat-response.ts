import {createHash} from 'node:crypto';
import type {OpenAnswer, StartedEvent, SummaryEvent} from '../call.ts';
import {isComplete, wholeAnswer} from '../call.ts';
import {usageOf} from '../usage.ts';

interface ResponseHead {
	readonly id: string;
	readonly created: number;
	readonly model: string;
	readonly system_fingerprint: string;
}

/** The same in all chunks of an answer. */
function headOf({editId, model}: StartedEvent): ResponseHead {
	return {
		id: `chatcmpl-${editId}`,
		created: Math.floor(Date.now() / 1000),
		model,
		system_fingerprint: `fp_${createHash('sha256').update(model).digest('hex').slice(0, 10)}`,
	};
}

function finishReasonOf(answer: OpenAnswer, summary: SummaryEvent): 'length' | 'stop' {
	return isComplete(answer, summary) ? 'stop' : 'length';
}

/** The whole answer as one `chat.completion`. */
export async function toCompletion(answer: OpenAnswer): Promise<object> {
	const {text, summary} = await wholeAnswer(answer);
	return {
		...headOf(answer.started),
		object: 'chat.completion',
		choices: [
			{
				index: 0,
				message: {role: 'assistant', content: text, refusal: null},
				logprobs: null,
				finish_reason: finishReasonOf(answer, summary),
			},
		],
		usage: usageOf(answer.started, summary),
	};
}

/**
 * The answer as `chat.completion.chunk`s: the role, the text as it comes, the reason of its end, on demand the
 * usage, and `[DONE]`.
 */
export async function* toChunks(answer: OpenAnswer, includesUsage: boolean): AsyncGenerator<unknown, void> {
	const head = {...headOf(answer.started), object: 'chat.completion.chunk'};
	// Whoever asks for the usage finds the field in every chunk.
	const noUsage = includesUsage ? {usage: null} : {};
	const chunk = (delta: object, finishReason: string | null = null) => ({
		...head,
		choices: [{index: 0, delta, logprobs: null, finish_reason: finishReason}],
		...noUsage,
	});
	yield chunk({role: 'assistant', content: '', refusal: null});
	for await (const event of answer.events) {
		if (event.kind === 'delta' && event.text !== '') {
			yield chunk({content: event.text});
		} else if (event.kind === 'summary') {
			yield chunk({}, finishReasonOf(answer, event));
			if (includesUsage) {
				yield {...head, choices: [], usage: usageOf(answer.started, event)};
			}
		}
	}

	yield '[DONE]';
}
