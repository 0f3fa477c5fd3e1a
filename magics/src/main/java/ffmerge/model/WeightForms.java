package ffmerge.model;

import ffmerge.Nearest;
import ffmerge.UserError;
import java.util.List;
import java.util.Optional;

/** The forms of weights that there are beside floats. */
public final class WeightForms {
    /** A new one is a line here; the first is the usual one. */
    public static final List<WeightForm> ALL = List.of(Nf4.FORM, Int8.FORM, Int8.WEIGHT_FORM);

    private WeightForms() {}

    /** The form of a label, if there is one. */
    public static Optional<WeightForm> find(String label) {
        return ALL.stream().filter(form -> form.label().equals(label)).findFirst();
    }

    /**
     * The form that a config names.
     *
     * @throws UserError if there is none of this label
     */
    static WeightForm stored(String label, String source) {
        return find(label)
                .orElseThrow(() -> new UserError(source + ": the weights are held in '" + label
                        + "', which isn't known here; a newer version may have written it"));
    }

    /** @throws UserError if there is no form of this label */
    public static WeightForm of(String label) {
        return find(label).orElseThrow(() -> {
            List<String> labels = ALL.stream().map(WeightForm::label).toList();
            return new UserError("there is no form of weights '" + label + "'"
                    + Nearest.hint(label, labels, "forms are " + String.join(", ", labels)));
        });
    }
}
