import type {ApplyEditRequest as WireRequest} from '../protos/generated/redraft/v1/ApplyEditRequest.ts';
import type {ApplyEditResponse__Output} from '../protos/generated/redraft/v1/ApplyEditResponse.ts';
import type {EditDelta__Output} from '../protos/generated/redraft/v1/EditDelta.ts';
import type {EditQueued__Output} from '../protos/generated/redraft/v1/EditQueued.ts';
import type {EditStarted__Output} from '../protos/generated/redraft/v1/EditStarted.ts';
import type {EditSummary__Output} from '../protos/generated/redraft/v1/EditSummary.ts';
import type {LineOperation__Output} from '../protos/generated/redraft/v1/LineOperation.ts';

/** A request in which nothing is missing that every edit needs. */
export type ApplyEditRequest = WireRequest & Required<Pick<WireRequest, 'original' | 'instruction'>>;

export type EditQueued = EditQueued__Output;
export type EditStarted = EditStarted__Output;
export type EditSummary = EditSummary__Output;

/** One field of `LineOperation` is set, which `operation` names. */
export type LineOperation = {
	readonly [Field in 'keepLines' | 'deleteLines' | 'insert']: {readonly operation: Field} & {
		readonly [Name in Field]: NonNullable<LineOperation__Output[Name]>;
	};
}['keepLines' | 'deleteLines' | 'insert'];

export type EditDelta = Omit<EditDelta__Output, 'operations'> & {
	readonly operations: readonly LineOperation[];
};

interface Events extends Pick<ApplyEditResponse__Output, 'queued' | 'started' | 'summary'> {
	readonly delta: EditDelta;
}

/** Messages of the stream in which one field is set. */
type EventMessage<Name extends keyof Events> = {readonly event: Name} & {
	readonly [Field in Name]: NonNullable<Events[Field]>;
};

/** One message of the stream; `event` names the field that is set. */
export type ApplyEditResponse =
	| EventMessage<'queued'>
	| EventMessage<'started'>
	| EventMessage<'delta'>
	| EventMessage<'summary'>;

export interface EditResult {
	readonly started: EditStarted;
	/** The edited file. */
	readonly text: string;
	readonly tokenIds: readonly number[];
	/** With `includeDiff`: what turns the original into the text. */
	readonly operations: readonly LineOperation[];
	readonly summary: EditSummary;
}
