package dev.fireflytx.core.definition;

import java.util.ArrayList;
import java.util.List;

/** Depth-first search for a circle of dependencies; iterative, since a chain may be 10 000 steps long. */
final class CycleSearch {
    private static final byte NEW = 0;
    private static final byte ON_PATH = 1;
    private static final byte DONE = 2;

    private final int[][] dependsOn;
    private final byte[] marks;
    private final int[] nextEdge;
    private final List<Integer> path = new ArrayList<>();

    private CycleSearch(int[][] dependsOn) {
        this.dependsOn = dependsOn;
        this.marks = new byte[dependsOn.length];
        this.nextEdge = new int[dependsOn.length];
    }

    /** The first circle found from the first step on, its first step repeated at the end; empty without one. */
    static List<Integer> find(int[][] dependsOn) {
        CycleSearch search = new CycleSearch(dependsOn);
        for (int step = 0; step < dependsOn.length; step++) {
            List<Integer> circle = search.from(step);
            if (!circle.isEmpty()) {
                return circle;
            }
        }
        return List.of();
    }

    private List<Integer> from(int root) {
        if (marks[root] == NEW) {
            enter(root);
        }
        while (!path.isEmpty()) {
            int step = path.get(path.size() - 1);
            if (nextEdge[step] == dependsOn[step].length) {
                leave(step);
                continue;
            }
            int target = dependsOn[step][nextEdge[step]++];
            if (marks[target] == ON_PATH) {
                return circleFrom(target);
            }
            if (marks[target] == NEW) {
                enter(target);
            }
        }
        return List.of();
    }

    private void enter(int step) {
        marks[step] = ON_PATH;
        path.add(step);
    }

    private void leave(int step) {
        marks[step] = DONE;
        path.remove(path.size() - 1);
    }

    private List<Integer> circleFrom(int step) {
        List<Integer> circle = new ArrayList<>(path.subList(path.indexOf(step), path.size()));
        circle.add(step);
        return circle;
    }
}
