"""Which fields a client may send, for a server that is as strict as Google's.

One line a message: a field's name as in the `.proto`, and after a colon what it holds: another message, `M[]` a list of
them, `M{}` a map of them, `*` anything. Source: the public reference of BidiGenerateContent for both backends, and the
models in `google.genai.types` 3.4.0, which a test compares with this table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, cast

from voice_actors.gemini.names import camel, snake

_FIELDS: Final = """
ClientMessage setup:Setup client_content:ClientContent realtime_input:RealtimeInput tool_response:ToolResponseMessage \
    context_update:ContextUpdate
Setup model generation_config:GenerationConfig system_instruction:Content tools:Tool[] \
    session_resumption:SessionResumption input_audio_transcription:TranscriptionConfig \
    output_audio_transcription:TranscriptionConfig realtime_input_config:RealtimeInputConfig \
    context_window_compression:Compression proactivity:Proactivity explicit_vad_signal history_config:History \
    avatar_config:Avatar safety_settings:Safety[] labels:*
ClientContent turns:Content[] turn_complete
RealtimeInput audio:Blob video:Blob text activity_start:Empty activity_end:Empty audio_stream_end media_chunks:Blob[]
ToolResponseMessage function_responses:FunctionResponse[]
ContextUpdate system_instruction:Content tools:ToolsUpdate
ToolsUpdate tools:Tool[]
Empty
GenerationConfig response_modalities temperature top_p top_k max_output_tokens seed media_resolution \
    speech_config:Speech thinking_config:Thinking enable_affective_dialog translation_config:Translation \
    model_selection_config:ModelSelection model_config:ModelSelection response_json_schema:* audio_timestamp \
    candidate_count frequency_penalty logprobs presence_penalty response_logprobs response_mime_type \
    response_schema:Schema routing_config:Routing stop_sequences enable_enhanced_civic_answers \
    response_format:ResponseFormat[] audio_transcription_config:TranscriptionConfig
ModelSelection feature_selection_preference
Routing auto_mode:AutoRouting manual_mode:ManualRouting
AutoRouting model_routing_preference
ManualRouting model_name
ResponseFormat audio:AudioFormat image:ImageFormat text:TextFormat video:VideoFormat
AudioFormat bit_rate delivery mime_type sample_rate
ImageFormat aspect_ratio delivery image_size mime_type
TextFormat mime_type schema:* json_schema:*
VideoFormat aspect_ratio delivery duration gcs_uri resolution
Speech voice_config:Voice language_code multi_speaker_voice_config:MultiSpeaker
Voice replicated_voice_config:ReplicatedVoice prebuilt_voice_config:PrebuiltVoice voice
ReplicatedVoice mime_type voice_sample_audio consent_audio voice_consent_signature:ConsentSignature
ConsentSignature signature
PrebuiltVoice voice_name
MultiSpeaker speaker_voice_configs:SpeakerVoice[]
SpeakerVoice speaker voice_config:Voice
Thinking include_thoughts thinking_budget thinking_level
Translation echo_target_language target_language_code
SessionResumption handle transparent
TranscriptionConfig language_codes language_auto:Empty language_hints:LanguageHints custom_vocabulary \
    adaptation_phrases word_timestamp diarization mode source_text
LanguageHints language_codes
RealtimeInputConfig automatic_activity_detection:ActivityDetection activity_handling turn_coverage \
    interim_transcript_timestamp_enabled
ActivityDetection disabled start_of_speech_sensitivity end_of_speech_sensitivity prefix_padding_ms silence_duration_ms
Compression trigger_tokens sliding_window:SlidingWindow
SlidingWindow target_tokens
Proactivity proactive_audio proactive_video
History initial_history_in_client_content
Avatar avatar_name customized_avatar:CustomizedAvatar audio_bitrate_bps video_bitrate_bps
CustomizedAvatar image_mime_type image_data
Safety category method threshold
Content role parts:Part[]
Part text thought thought_signature inline_data:Blob file_data:FileData function_call:FunctionCall \
    function_response:FunctionResponse executable_code:ExecutableCode code_execution_result:CodeResult \
    media_resolution:PartResolution video_metadata:VideoMetadata tool_call:ServerToolCall \
    tool_response:ServerToolResponse part_metadata:* audio_transcription:Transcription media_processing \
    speech_metadata:SpeechMetadata document_metadata:DocumentMetadata spreadsheet_metadata:SpreadsheetMetadata \
    audio_metadata:AudioMetadata
Blob data mime_type display_name
FileData display_name file_uri mime_type
FunctionCall id name args:* partial_args:PartialArg[] will_continue
PartialArg bool_value json_path null_value number_value string_value will_continue
FunctionResponse id name response:* scheduling will_continue parts:ResponsePart[]
ResponsePart inline_data:Blob file_data:FileData media_processing media_resolution:PartResolution \
    video_metadata:VideoMetadata document_metadata:DocumentMetadata spreadsheet_metadata:SpreadsheetMetadata \
    audio_metadata:AudioMetadata
ExecutableCode code language id
CodeResult outcome output id
PartResolution level num_tokens
VideoMetadata end_offset fps start_offset content_layers
ServerToolCall id tool_type args:*
ServerToolResponse id tool_type response:*
Transcription text finished language_code speaker_label words:Word[] start_offset end_offset
Word word start_offset end_offset
SpeechMetadata speaker style
DocumentMetadata start_page end_page content_layers
SpreadsheetMetadata visible_cells sheet_index content_layers
AudioMetadata start_offset end_offset
Tool function_declarations:Declaration[] google_search:GoogleSearch google_maps:GoogleMaps code_execution:Empty \
    url_context:Empty retrieval:* computer_use:ComputerUse file_search:FileSearch \
    enterprise_web_search:EnterpriseSearch google_search_retrieval:SearchRetrieval parallel_ai_search:PartnerSearch \
    exa_ai_search:PartnerSearch mcp_servers:McpServer[]
Declaration name description behavior parameters:Schema parameters_json_schema:* response:Schema response_json_schema:*
Schema additional_properties:* defs:Schema{} ref any_of:Schema[] default:* description enum example:* format \
    items:Schema max_items max_length max_properties maximum min_items min_length min_properties minimum nullable \
    pattern properties:Schema{} property_ordering required title type
GoogleSearch search_types:SearchTypes blocking_confidence exclude_domains time_range_filter:Interval
SearchTypes web_search:Empty image_search:Empty
Interval end_time start_time
GoogleMaps auth_config:* enable_widget grounding_types:GroundingTypes
GroundingTypes places:Empty routing:Empty
ComputerUse environment excluded_predefined_functions enable_prompt_injection_detection disabled_safety_policies
FileSearch file_search_store_names top_k metadata_filter
EnterpriseSearch blocking_confidence exclude_domains
SearchRetrieval dynamic_retrieval_config:DynamicRetrieval
DynamicRetrieval dynamic_threshold mode
PartnerSearch api_key custom_configs:* enable_data_retention enable_zero_data_retention
McpServer name streamable_http_transport:McpTransport
McpTransport headers:* sse_read_timeout terminate_on_close timeout url
"""


@cache
def messages() -> Mapping[str, Mapping[str, str]]:
    """Every message of the table: its fields by canonical name, and what each holds (empty for a plain value)."""
    table: dict[str, dict[str, str]] = {}
    for line in _FIELDS.replace("\\\n", " ").strip().splitlines():
        message, *fields = line.split()
        pairs = (field.partition(":") for field in fields)
        table[message] = {camel(name): kind for name, _, kind in pairs}
    return table


def unknown_fields(value: Any, message: str = "ClientMessage", path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each field that `message` does not have, as (name, path of the object that holds it), at every depth.

    `value` is canonical. The path is spelled as Google's error messages spell it: `setup.tools[0]`.
    """
    if not isinstance(value, dict):
        return  # a wrong type is the decoder's to report
    known = messages()[message]
    for name, inner in cast("dict[str, Any]", value).items():
        if name not in known:
            yield name, path
            continue
        below = f"{path}.{snake(name)}" if path else snake(name)
        yield from _inside(inner, known[name], below)


def _inside(value: Any, kind: str, path: str) -> Iterator[tuple[str, str]]:
    if kind in {"", "*"}:
        return
    if kind.endswith("[]") and isinstance(value, list):
        for index, item in enumerate(cast("list[object]", value)):
            yield from unknown_fields(item, kind[:-2], f"{path}[{index}]")
    elif kind.endswith("{}") and isinstance(value, dict):
        for key, item in cast("dict[str, Any]", value).items():
            yield from unknown_fields(item, kind[:-2], f"{path}[{key!r}]")
    elif kind in messages():
        yield from unknown_fields(value, kind, path)
