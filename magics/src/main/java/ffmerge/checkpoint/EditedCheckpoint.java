package ffmerge.checkpoint;

import ffmerge.UserError;
import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A checkpoint with some tensors replaced, renamed or shared: what every way to shrink a model returns. Nothing is copied
 * but the new values; two names that have the same content are one stored tensor and a tie.
 */
public final class EditedCheckpoint implements Checkpoint {
    /** Where a name's values come from. Names with equal contents are tied. */
    public sealed interface Content {
        /** The values of a tensor of the checkpoint that is edited. */
        record Original(String name) implements Content {}

        /** New values, row-major; equal only to itself. */
        final class Values implements Content {
            private final float[] values;

            public Values(float[] values) {
                this.values = values;
            }

            public float[] values() {
                return values;
            }
        }
    }

    private final Checkpoint original;
    private final Map<String, Content> contents;
    private final Map<String, String> places = new LinkedHashMap<>();
    private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();
    private final Ties ties;

    /**
     * @param contents every name of the result in its order; an {@link Content.Original} may name an alias
     * @param specs shapes of the names whose values are new
     */
    public EditedCheckpoint(Checkpoint original, Map<String, Content> contents, Map<String, TensorSpec> specs) {
        this.original = original;
        Map<String, Content> resolved = new LinkedHashMap<>();
        contents.forEach((name, content) -> {
            resolved.put(name, resolve(content));
            if (content instanceof Content.Original o) {
                places.put(name, o.name());
            }
        });
        this.contents = Collections.unmodifiableMap(resolved);
        Map<Content, String> keptNames = new LinkedHashMap<>();
        Map<String, String> aliases = new LinkedHashMap<>();
        resolved.forEach((name, content) -> {
            String kept = keptNames.putIfAbsent(content, name);
            if (kept != null) {
                aliases.put(name, kept);
            } else if (content instanceof Content.Original o) {
                tensors.put(name, original.tensors().get(o.name()).named(name));
            } else {
                tensors.put(name, specs.get(name));
            }
        });
        this.ties = new Ties(aliases);
    }

    private Content resolve(Content content) {
        if (!(content instanceof Content.Original o)) {
            return content;
        }
        String kept = original.ties().keptName(o.name());
        if (!original.tensors().containsKey(kept)) {
            throw new UserError(original.source() + " has no tensor '" + o.name() + "'");
        }
        return new Content.Original(kept);
    }

    /** Every name, aliases included, with its content; {@link Content.Original}s name kept tensors. */
    public Map<String, Content> contents() {
        return contents;
    }

    /**
     * Of each name whose values aren't new, the name in the original that it stands for: of tied ones that of its own place,
     * for what belongs to a place and not to the tensor.
     */
    public Map<String, String> places() {
        return Collections.unmodifiableMap(places);
    }

    /** How many float32 values this edit holds that the original does not. */
    public long newElements() {
        Map<Content, Boolean> seen = new IdentityHashMap<>();
        return contents.values().stream()
                .filter(c -> c instanceof Content.Values && seen.put(c, true) == null)
                .mapToLong(c -> ((Content.Values) c).values().length)
                .sum();
    }

    @Override
    public String source() {
        return original.source();
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Ties ties() {
        return ties;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        Content content = contents.get(name);
        if (content == null) {
            throw new UserError(source() + " has no tensor '" + name + "'");
        }
        if (content instanceof Content.Values v) {
            into.put(v.values(), Math.toIntExact(from), into.remaining());
        } else {
            original.read(((Content.Original) content).name(), from, into);
        }
    }

    @Override
    public void close() {
        original.close();
    }
}
