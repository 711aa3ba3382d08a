// Original file: protos/redraft/v1/redraft.proto


export interface EditOptions {
  'maxOutputTokens'?: (number);
  'maxDraftTokens'?: (number);
  'speculation'?: (boolean);
  'includeTokenIds'?: (boolean);
  'includeProvenance'?: (boolean);
  'includeDiff'?: (boolean);
  '_speculation'?: "speculation";
}

export interface EditOptions__Output {
  'maxOutputTokens': (number);
  'maxDraftTokens': (number);
  'speculation'?: (boolean);
  'includeTokenIds': (boolean);
  'includeProvenance': (boolean);
  'includeDiff': (boolean);
  '_speculation'?: "speculation";
}
