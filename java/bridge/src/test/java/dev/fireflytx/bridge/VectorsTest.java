package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fireflytx.core.json.JsonObject;
import dev.fireflytx.core.json.JsonWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every example of the protocol is read and written again, byte for byte. */
class VectorsTest {
    static Stream<Named<String>> sentItems() {
        return Stream.concat(Vectors.texts("send.json", "item"), Vectors.texts("hello.json", "item"));
    }

    static Stream<Named<String>> receivedItems() {
        return Vectors.texts("receive.json", "item");
    }

    static Stream<Named<String>> headersAndAnswers() {
        return Stream.of("hello.json", "send.json", "receive.json").flatMap(file ->
                Stream.concat(Vectors.texts(file, "header"), Vectors.texts(file, "answer")));
    }

    @ParameterizedTest
    @MethodSource("sentItems")
    void an_item_from_python_is_understood_whole(String text) {
        assertEquals(text, SentItems.rewritten(JsonObject.split(text)));
    }

    @ParameterizedTest
    @MethodSource("receivedItems")
    void an_item_for_python_is_written_as_the_protocol_says(String text) {
        assertEquals(text, ReceivedItems.rewritten(JsonObject.split(text)));
    }

    @ParameterizedTest
    @MethodSource("headersAndAnswers")
    void a_header_or_answer_is_written_as_the_protocol_says(String text) {
        assertEquals(text, Headers.rewritten(JsonObject.split(text)));
    }

    /** Headers have numbers and texts, and objects of those. */
    private static final class Headers {
        static String rewritten(JsonObject header) {
            if (header.has("error")) {
                JsonObject error = JsonObject.split(header.object("error"));
                return new CallError(error.string("code"), error.string("message")).toAnswer();
            }
            JsonWriter out = new JsonWriter();
            List<String> keys = new ArrayList<>(header.members().keySet());
            keys.forEach(key -> member(out, header, key));
            return out.build();
        }

        private static void member(JsonWriter out, JsonObject header, String key) {
            switch (header.raw(key).charAt(0)) {
                case '{' -> out.raw(key, rewritten(JsonObject.split(header.object(key))));
                case '"' -> out.text(key, header.string(key));
                case 't', 'f' -> out.flag(key, header.flag(key, false));
                default -> out.number(key, header.number(key));
            }
        }
    }
}
