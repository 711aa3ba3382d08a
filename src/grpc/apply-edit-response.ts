import type {SourceSpan} from '../edit/answer-reader.ts';
import type {EditDelta, EditEvent} from '../edit/edit.ts';
import type {EditOptions} from '../edit/edit-request.ts';
import type {FinishReason} from '../edit/edit-stats.ts';
import type {ApplyEditResponse} from '../protos/generated/redraft/v1/ApplyEditResponse.ts';
import type {EditDelta as WireDelta} from '../protos/generated/redraft/v1/EditDelta.ts';
import type {FinishReason__Output} from '../protos/generated/redraft/v1/FinishReason.ts';
import type {ProvenanceSpan} from '../protos/generated/redraft/v1/ProvenanceSpan.ts';
import type {TokenSource__Output} from '../protos/generated/redraft/v1/TokenSource.ts';
import type {TokenSource} from '../speculation/speculative-editor.ts';

const finishReasons: Readonly<Record<FinishReason, FinishReason__Output>> = {
	stop: 'FINISH_REASON_STOP',
	fence_closed: 'FINISH_REASON_FENCE_CLOSED',
	length: 'FINISH_REASON_LENGTH',
	cancelled: 'FINISH_REASON_CANCELLED',
};

const tokenSources: Readonly<Record<TokenSource, TokenSource__Output>> = {
	original: 'TOKEN_SOURCE_ORIGINAL',
	update: 'TOKEN_SOURCE_UPDATE',
	context: 'TOKEN_SOURCE_CONTEXT',
	model: 'TOKEN_SOURCE_MODEL',
};

/** Which parts of a delta the caller asked for. */
export type DeltaParts = Pick<EditOptions, 'includeTokenIds' | 'includeProvenance'>;

/** An event as it goes on the wire; undefined where it holds nothing that the caller asked for. */
export function toResponse(event: EditEvent, parts: DeltaParts): ApplyEditResponse | undefined {
	switch (event.kind) {
		case 'queued':
			return {queued: {place: event.place}};
		case 'started': {
			const {editId, model, promptTokens} = event;
			return {started: {editId, model, promptTokens}};
		}

		case 'summary':
			return {summary: {finishReason: finishReasons[event.finishReason], ...event.figures}};
		case 'delta':
			return isWanted(event, parts) ? {delta: toDelta(event, parts)} : undefined;
	}
}

function isWanted(delta: EditDelta, {includeTokenIds, includeProvenance}: DeltaParts): boolean {
	const hasOperations = delta.operations !== undefined && delta.operations.length > 0;
	const hasTokens = (includeTokenIds || includeProvenance) && delta.tokens.length > 0;
	return delta.text !== '' || hasTokens || hasOperations;
}

function toDelta(delta: EditDelta, {includeTokenIds, includeProvenance}: DeltaParts): WireDelta {
	return {
		text: delta.text,
		...(includeTokenIds && {tokenIds: [...delta.tokens]}),
		...(includeProvenance && {spans: toByteSpans(delta.text, delta.spans), sources: delta.sources}),
		...(delta.operations && {operations: [...delta.operations]}),
	};
}

/** JavaScript counts UTF-16 units; callers in other languages count the bytes on the wire. */
function toByteSpans(text: string, spans: readonly SourceSpan[]): ProvenanceSpan[] {
	let startByte = 0;
	return spans.map(({start, end, source}) => {
		const endByte = startByte + Buffer.byteLength(text.slice(start, end));
		const span = {startByte, endByte, source: tokenSources[source]};
		startByte = endByte;
		return span;
	});
}
