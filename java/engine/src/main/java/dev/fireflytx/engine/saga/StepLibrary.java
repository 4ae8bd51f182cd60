package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.InvalidDefinitionException;
import dev.fireflytx.core.definition.NearestName;
import dev.fireflytx.core.definition.SagaDefinition;
import dev.fireflytx.core.definition.StepDefinition;
import dev.fireflytx.core.definition.StepKind;
import dev.fireflytx.core.machine.Direction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Supplier;

/** The steps that this JVM has for sagas whose other steps run elsewhere, by name. For whoever runs sagas. */
public final class StepLibrary {
    private final Supplier<? extends Iterable<StepProvider>> providers;
    private Map<String, ProvidedStep> steps;

    private StepLibrary(Supplier<? extends Iterable<StepProvider>> providers) {
        this.providers = providers;
    }

    /**
     * {@return the steps of these providers}
     *
     * @param providers each is asked once
     */
    public static StepLibrary of(Collection<? extends StepProvider> providers) {
        List<StepProvider> copy = List.copyOf(providers);
        return new StepLibrary(() -> copy);
    }

    /** {@return the steps of the providers on the class path, which are looked for when the first saga needs one} */
    public static StepLibrary onClassPath() {
        return new StepLibrary(() -> ServiceLoader.load(StepProvider.class));
    }

    /**
     * Finds the code of a saga's steps that run in Java.
     *
     * @param definition the saga
     * @return the saga with that code, and none for its other steps
     * @throws InvalidDefinitionException if a step or a compensation is missing, or a step would not be undone although its code can be
     */
    public ExecutableSaga complete(SagaDefinition definition) {
        Map<ExecutableSaga.Key, StepCode> code = new HashMap<>();
        for (StepDefinition step : definition.steps()) {
            String where = "Saga '" + definition.name() + "': ";
            if (step.kind() == StepKind.JAVA) {
                ProvidedStep found = find(step.id(), where + "step '" + step.id() + "'");
                requireUndone(step, found, where);
                code.put(new ExecutableSaga.Key(step.id(), Direction.FORWARD), found.code());
            }
            if (step.compensation().filter(undo -> undo.kind() == StepKind.JAVA).isPresent()) {
                code.put(new ExecutableSaga.Key(step.id(), Direction.BACKWARD), compensation(step.id(), where));
            }
        }
        return new ExecutableSaga(definition, code, null);
    }

    private StepCode compensation(String step, String where) {
        String what = where + "the compensation of step '" + step + "'";
        return find(step, what).compensation().orElseThrow(() -> new InvalidDefinitionException(
                what + " runs in Java, but the step that was found there has none."));
    }

    /** What was done must not stay because the saga, in another language, does not say what its step's provider does. */
    private static void requireUndone(StepDefinition step, ProvidedStep found, String where) {
        if (found.compensation().isPresent() && step.compensation().isEmpty()) {
            throw new InvalidDefinitionException(where + "step '" + step.id() + "' has a compensation in Java, which the saga does not name. "
                    + "In Python, add compensation_step(\"" + step.id() + "\", executor=\"java\"), or one of your own.");
        }
    }

    private ProvidedStep find(String id, String what) {
        Map<String, ProvidedStep> all = load();
        ProvidedStep found = all.get(id);
        if (found == null) {
            throw new InvalidDefinitionException(what + " runs in Java, and " + (all.isEmpty()
                    ? "no StepProvider was found. Put its jar on the class path (in Python, SagaEngine(java_classpath=[...])), and its name "
                            + "into META-INF/services/" + StepProvider.class.getName() + " there."
                    : "no StepProvider on the class path has it. " + NearestName.hint(id, all.keySet())));
        }
        return found;
    }

    private synchronized Map<String, ProvidedStep> load() {
        if (steps == null) {
            Map<String, ProvidedStep> found = new TreeMap<>();
            loaded().forEach(step -> {
                if (found.putIfAbsent(step.id(), step) != null) {
                    throw new InvalidDefinitionException("Two step providers have a step '" + step.id() + "'; rename one of them.");
                }
            });
            steps = found;
        }
        return steps;
    }

    private List<ProvidedStep> loaded() {
        List<ProvidedStep> found = new ArrayList<>();
        try {
            providers.get().forEach(provider -> found.addAll(provider.steps()));
        } catch (ServiceConfigurationError | LinkageError | RuntimeException e) { // the code of others, and whatever it may need
            throw new InvalidDefinitionException("The step providers on the class path can't be used: " + e);
        }
        return found;
    }
}
