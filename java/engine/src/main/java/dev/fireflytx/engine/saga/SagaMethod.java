package dev.fireflytx.engine.saga;

import dev.fireflytx.core.definition.StepKind;
import java.lang.annotation.Annotation;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** A method of an annotated saga, and what it is there for. */
final class SagaMethod {
    private static final List<Class<? extends Annotation>> ROLES =
            List.of(SagaStep.class, CompensationStep.class, StepCondition.class);

    private final Method method;
    private final String where;
    private final Annotation role;

    private SagaMethod(Method method, String where) {
        this.method = method;
        this.where = where;
        this.role = onlyRole();
    }

    /** The methods that have a role, also those of the classes that it extends; in no order. */
    static List<SagaMethod> of(Class<?> type, String where) {
        List<SagaMethod> found = new ArrayList<>();
        for (Class<?> owner = type; owner != null && owner != Object.class; owner = owner.getSuperclass()) {
            for (Method method : owner.getDeclaredMethods()) {
                overriding(method, type).ifPresentOrElse(other -> refuseLost(method, other, where), () -> {
                    if (!method.isBridge() && isMarked(method)) {
                        found.add(new SagaMethod(method, where).checked());
                    }
                });
            }
        }
        return found;
    }

    private static boolean isMarked(Method method) {
        return method.isAnnotationPresent(StepEvents.class) || ROLES.stream().anyMatch(method::isAnnotationPresent);
    }

    /** The method of a class further down that takes this one's place, if there is one. */
    private static Optional<Method> overriding(Method method, Class<?> type) {
        for (Class<?> owner = type; owner != method.getDeclaringClass(); owner = owner.getSuperclass()) {
            try {
                Method found = owner.getDeclaredMethod(method.getName(), method.getParameterTypes());
                return Modifier.isPrivate(method.getModifiers()) ? Optional.empty() : Optional.of(found);
            } catch (NoSuchMethodException e) {
                continue;
            }
        }
        return Optional.empty();
    }

    private static void refuseLost(Method overridden, Method method, String where) {
        if (isMarked(overridden) && !isMarked(method)) {
            throw AnnotatedSaga.wrong(where + ": the method '" + method.getName() + "' of " + method.getDeclaringClass().getSimpleName()
                    + " overrides one of " + overridden.getDeclaringClass().getSimpleName()
                    + " but has lost its annotation: write that above it, or give it another name.");
        }
    }

    private Annotation onlyRole() {
        List<Annotation> roles = ROLES.stream().flatMap(each -> Stream.ofNullable((Annotation) method.getAnnotation(each))).toList();
        if (roles.size() != 1) {
            throw wrong(roles.isEmpty() ? "has @StepEvents but is no step: add @SagaStep." : "has two of @SagaStep, "
                    + "@CompensationStep and @StepCondition; keep one.");
        }
        return roles.get(0);
    }

    private SagaMethod checked() {
        if (Modifier.isStatic(method.getModifiers()) || Modifier.isAbstract(method.getModifiers())) {
            throw wrong("is static or abstract; a saga's methods are plain ones.");
        }
        Type[] types = method.getParameterTypes();
        boolean contextIsLast = Arrays.asList(types).indexOf(StepContext.class) == types.length - 1;
        if (values() > 1 || takesContext() && !contextIsLast) {
            throw wrong("takes too much: first what the step is given, then a StepContext if it wants one.");
        }
        if (role instanceof StepCondition && (method.getReturnType() != boolean.class || takesContext())) {
            throw wrong("is a condition: it returns boolean, and takes what the step is given alone.");
        }
        if (method.isAnnotationPresent(StepEvents.class) && !(role instanceof SagaStep)) {
            throw wrong("has @StepEvents, which belongs on a step.");
        }
        makeAccessible();
        return this;
    }

    private void makeAccessible() {
        try {
            method.setAccessible(true);
        } catch (InaccessibleObjectException e) {
            throw wrong("can't be called: open the package " + method.getDeclaringClass().getPackageName() + " to dev.fireflytx.engine.");
        }
    }

    private int values() {
        return method.getParameterCount() - (takesContext() ? 1 : 0);
    }

    private boolean takesContext() {
        return Arrays.asList(method.getParameterTypes()).contains(StepContext.class);
    }

    String name() {
        return method.getName();
    }

    <A extends Annotation> Optional<A> as(Class<A> wanted) {
        return Optional.ofNullable(method.getAnnotation(wanted));
    }

    StepKind kind() {
        return CompletionStage.class.isAssignableFrom(method.getReturnType()) ? StepKind.COROUTINE : StepKind.THREAD;
    }

    StepCode code() {
        Type takes = values() == 0 ? Void.class : method.getGenericParameterTypes()[0];
        return new StepCode(takes, this::invoke);
    }

    private Object invoke(Object instance, Object value, StepContext context) throws Exception {
        List<Object> arguments = new ArrayList<>();
        if (values() == 1) {
            arguments.add(value);
        }
        if (takesContext()) {
            arguments.add(context);
        }
        try {
            return method.invoke(instance, arguments.toArray());
        } catch (InvocationTargetException e) {
            throw thrown(e.getCause());
        }
    }

    private static Exception thrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return (Exception) cause;
    }

    RuntimeException wrong(String problem) {
        return AnnotatedSaga.wrong(where + ": the method '" + method.getName() + "' " + problem);
    }
}
