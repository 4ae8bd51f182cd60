package dev.fireflytx.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import py4j.StringUtil;

class TextsTest {
    @Property(tries = 2_000)
    void what_py4j_escapes_comes_back(@ForAll @Chars({'\\', 'n', 'r', '\n', '\r', 'x', 'ä'}) @StringLength(max = 12) String text) {
        assertEquals(text, Texts.unescaped(StringUtil.escape(text)));
    }

    @Test
    void a_text_is_split_into_its_header_and_its_items() {
        assertEquals(List.of("{}", "a", "b"), Texts.split(Texts.join("{}", List.of("a", "b"))));
        assertEquals(List.of("{}"), Texts.split(Texts.join("{}", List.of())));
    }
}
