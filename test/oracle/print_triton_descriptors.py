"""Prints the message types of the `tritonclient` package as JSON: message -> field name -> [number, type, repeated]."""

import json

from google.protobuf.descriptor import FieldDescriptor
from tritonclient.grpc import service_pb2

TYPE_NAMES = {
    getattr(FieldDescriptor, name): name.removeprefix("TYPE_").lower()
    for name in dir(FieldDescriptor)
    if name.startswith("TYPE_")
}


def describe(message, found):
    """Adds a message and the messages nested in it to `found`."""
    fields = {}
    for field in message.fields:
        kind = field.message_type.full_name if field.message_type else TYPE_NAMES[field.type]
        fields[field.name] = [field.number, kind, field.is_repeated]
    found[message.full_name] = fields
    for nested in message.nested_types:
        describe(nested, found)


if __name__ == "__main__":
    messages = {}
    for message in service_pb2.DESCRIPTOR.message_types_by_name.values():
        describe(message, messages)
    methods = {
        method.name: [method.input_type.full_name, method.output_type.full_name]
        for method in service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"].methods
    }
    print(json.dumps({"messages": messages, "methods": methods}))
