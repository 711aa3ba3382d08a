import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ApplyEditRequest as _redraft_v1_ApplyEditRequest, ApplyEditRequest__Output as _redraft_v1_ApplyEditRequest__Output } from './redraft/v1/ApplyEditRequest.ts';
import type { ApplyEditResponse as _redraft_v1_ApplyEditResponse, ApplyEditResponse__Output as _redraft_v1_ApplyEditResponse__Output } from './redraft/v1/ApplyEditResponse.ts';
import type { EditDelta as _redraft_v1_EditDelta, EditDelta__Output as _redraft_v1_EditDelta__Output } from './redraft/v1/EditDelta.ts';
import type { EditOptions as _redraft_v1_EditOptions, EditOptions__Output as _redraft_v1_EditOptions__Output } from './redraft/v1/EditOptions.ts';
import type { EditQueued as _redraft_v1_EditQueued, EditQueued__Output as _redraft_v1_EditQueued__Output } from './redraft/v1/EditQueued.ts';
import type { EditStarted as _redraft_v1_EditStarted, EditStarted__Output as _redraft_v1_EditStarted__Output } from './redraft/v1/EditStarted.ts';
import type { EditSummary as _redraft_v1_EditSummary, EditSummary__Output as _redraft_v1_EditSummary__Output } from './redraft/v1/EditSummary.ts';
import type { LineOperation as _redraft_v1_LineOperation, LineOperation__Output as _redraft_v1_LineOperation__Output } from './redraft/v1/LineOperation.ts';
import type { ProvenanceSpan as _redraft_v1_ProvenanceSpan, ProvenanceSpan__Output as _redraft_v1_ProvenanceSpan__Output } from './redraft/v1/ProvenanceSpan.ts';
import type { RedraftClient as _redraft_v1_RedraftClient, RedraftDefinition as _redraft_v1_RedraftDefinition } from './redraft/v1/Redraft.ts';
import type { TokenSourceCounts as _redraft_v1_TokenSourceCounts, TokenSourceCounts__Output as _redraft_v1_TokenSourceCounts__Output } from './redraft/v1/TokenSourceCounts.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  redraft: {
    v1: {
      ApplyEditRequest: MessageTypeDefinition<_redraft_v1_ApplyEditRequest, _redraft_v1_ApplyEditRequest__Output>
      ApplyEditResponse: MessageTypeDefinition<_redraft_v1_ApplyEditResponse, _redraft_v1_ApplyEditResponse__Output>
      EditDelta: MessageTypeDefinition<_redraft_v1_EditDelta, _redraft_v1_EditDelta__Output>
      EditOptions: MessageTypeDefinition<_redraft_v1_EditOptions, _redraft_v1_EditOptions__Output>
      EditQueued: MessageTypeDefinition<_redraft_v1_EditQueued, _redraft_v1_EditQueued__Output>
      EditStarted: MessageTypeDefinition<_redraft_v1_EditStarted, _redraft_v1_EditStarted__Output>
      EditSummary: MessageTypeDefinition<_redraft_v1_EditSummary, _redraft_v1_EditSummary__Output>
      FinishReason: EnumTypeDefinition
      LineOperation: MessageTypeDefinition<_redraft_v1_LineOperation, _redraft_v1_LineOperation__Output>
      ProvenanceSpan: MessageTypeDefinition<_redraft_v1_ProvenanceSpan, _redraft_v1_ProvenanceSpan__Output>
      Redraft: SubtypeConstructor<typeof grpc.Client, _redraft_v1_RedraftClient> & { service: _redraft_v1_RedraftDefinition }
      TokenSource: EnumTypeDefinition
      TokenSourceCounts: MessageTypeDefinition<_redraft_v1_TokenSourceCounts, _redraft_v1_TokenSourceCounts__Output>
    }
  }
}

