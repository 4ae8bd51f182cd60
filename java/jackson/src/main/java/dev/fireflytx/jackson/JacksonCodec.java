package dev.fireflytx.jackson;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.fireflytx.engine.ValueCodec;
import dev.fireflytx.engine.ValueRefusedException;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Reads and writes values with Jackson.
 *
 * <p>Its own mapper keeps numbers exact (a fraction in a {@code Map} or an {@code Object} is read as a {@code BigDecimal}, and {@code 1.10} is
 * written as that), writes times as ISO 8601 text, leaves unknown members out, and refuses NaN and infinity.
 */
public final class JacksonCodec implements ValueCodec {
    private final ObjectMapper mapper;

    /** A codec with a mapper of its own. */
    public JacksonCodec() {
        this(ownMapper());
    }

    /**
     * A codec with the application's mapper.
     *
     * @param mapper used as it is; it should ignore unknown members, since a step's input holds more than each step wants
     */
    public JacksonCodec(ObjectMapper mapper) {
        this.mapper = Objects.requireNonNull(mapper, "mapper");
    }

    private static ObjectMapper ownMapper() {
        return JsonMapper.builder()
                .addModules(new Jdk8Module(), new JavaTimeModule(), finiteNumbers())
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS, SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .build();
    }

    private static SimpleModule finiteNumbers() {
        FiniteSerializer finite = new FiniteSerializer();
        return new SimpleModule()
                .addSerializer(Double.class, finite).addSerializer(double.class, finite)
                .addSerializer(Float.class, finite).addSerializer(float.class, finite);
    }

    /** Jackson itself writes the text "NaN" for what JSON has no number for. */
    private static final class FiniteSerializer extends JsonSerializer<Number> {
        @Override
        public void serialize(Number value, JsonGenerator out, SerializerProvider provider) throws IOException {
            if (!Double.isFinite(value.doubleValue())) {
                throw JsonMappingException.from(out, "JSON has no number for NaN or infinity");
            }
            if (value instanceof Float) {
                out.writeNumber(value.floatValue());
            } else {
                out.writeNumber(value.doubleValue());
            }
        }
    }

    @Override
    public String encode(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw refused(e, "a " + value.getClass().getName());
        }
    }

    @Override
    public Object decode(String json, Type type) {
        try {
            return mapper.readValue(json, mapper.constructType(type));
        } catch (JsonProcessingException e) {
            throw refused(e, "no " + type.getTypeName());
        }
    }

    /** Says where, and not what: Jackson's own message may quote the value. */
    private static ValueRefusedException refused(JsonProcessingException e, String what) {
        String path = e instanceof JsonMappingException mapping ? mapping.getPath().stream()
                .map(each -> each.getFieldName() == null ? "[" + each.getIndex() + "]" : "." + each.getFieldName())
                .collect(Collectors.joining()) : "";
        String where = path.isEmpty() ? "the value" : path.substring(path.startsWith(".") ? 1 : 0);
        return new ValueRefusedException(where + " is " + what + " that Jackson takes (" + e.getClass().getSimpleName() + ")");
    }
}
