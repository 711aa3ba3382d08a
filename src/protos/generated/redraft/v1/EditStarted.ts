// Original file: protos/redraft/v1/redraft.proto


export interface EditStarted {
  'editId'?: (string);
  'model'?: (string);
  'promptTokens'?: (number);
}

export interface EditStarted__Output {
  'editId': (string);
  'model': (string);
  'promptTokens': (number);
}
