// Original file: protos/redraft/v1/redraft.proto


export interface LineOperation {
  'keepLines'?: (number);
  'deleteLines'?: (number);
  'insert'?: (string);
  'operation'?: "keepLines"|"deleteLines"|"insert";
}

export interface LineOperation__Output {
  'keepLines'?: (number);
  'deleteLines'?: (number);
  'insert'?: (string);
  'operation'?: "keepLines"|"deleteLines"|"insert";
}
