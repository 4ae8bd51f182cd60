package dev.fireflytx.bridge;

import dev.fireflytx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;

/** Python's side of a session: numbers its batches, asks for the next one. */
final class TestSession {
    private static final int MOST_BATCHES = 20;

    private final EngineGateway gateway;
    private final String id;
    private final List<JsonObject> received = new ArrayList<>();
    private long seq;
    private long batch;
    private long durableUpto;
    private int places = 100;

    private TestSession(EngineGateway gateway, String id) {
        this.gateway = gateway;
        this.id = id;
    }

    /** Says hello, with the attempts that run on. */
    static TestSession open(EngineGateway gateway, String id, String... running) {
        gateway.hello(text("{\"protocol\":1,\"session\":\"" + id + "\",\"log_level\":\"WARNING\"}", running));
        return new TestSession(gateway, id);
    }

    /** Says hello, defines sagas and begins. */
    static TestSession begin(EngineGateway gateway, String... definitions) {
        TestSession session = open(gateway, "s1");
        for (String definition : definitions) {
            session.send("{\"type\":\"define\",\"definition\":" + definition + "}");
        }
        session.send("{\"type\":\"recover\"}");
        return session;
    }

    static String text(String header, String... items) {
        return Texts.join(header, List.of(items));
    }

    String send(String... items) {
        return sendAs(++seq, items);
    }

    String sendAs(long number, String... items) {
        return gateway.send(text("{\"session\":\"" + id + "\",\"seq\":" + number + "}", items));
    }

    /** How many attempts of each kind may be out, from the next batch on. */
    void setPlaces(int count) {
        places = count;
    }

    String receive(long number) {
        return gateway.receive("{\"session\":\"" + id + "\",\"batch\":" + number
                + ",\"credits\":{\"coroutine\":" + places + ",\"thread\":" + places + "}}");
    }

    /** Receives until an item of that type comes. */
    JsonObject next(String type) {
        for (int i = 0; i < MOST_BATCHES; i++) {
            for (JsonObject item : received) {
                if (item.string("type").equals(type)) {
                    received.remove(item);
                    return item;
                }
            }
            take(receive(batch + 1));
        }
        throw new AssertionError("no item of type " + type + " came, but " + received.stream().map(JsonObject::members).toList());
    }

    /** Receives until everything that was sent is durable. */
    void awaitDurable() {
        while (durableUpto < seq) {
            take(receive(batch + 1));
        }
    }

    /** Answers an attempt with a success. */
    void succeed(JsonObject task) {
        send("{\"type\":\"outcome\",\"attempt\":" + task.raw("attempt") + ",\"outcome\":\"succeeded\",\"result\":{},\"writes\":{}}");
    }

    boolean hasReceived(String type) {
        return received.stream().anyMatch(item -> item.string("type").equals(type));
    }

    private void take(String text) {
        List<String> parts = Texts.split(text);
        JsonObject header = JsonObject.split(parts.get(0));
        batch = header.number("batch");
        durableUpto = header.number("durable_upto");
        parts.stream().skip(1).map(JsonObject::split).forEach(received::add);
    }
}
