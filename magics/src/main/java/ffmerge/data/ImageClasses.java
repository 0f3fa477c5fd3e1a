package ffmerge.data;

import ffmerge.Counted;
import ffmerge.UserError;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/** Finds, for the classes of a data set, those of a model: by their names, never by their places alone. */
final class ImageClasses {
    /** In a short list, one other name is rather another class. */
    private static final int MANY = 100;

    /** The share of classes that lie at the same place under the same name where two lists are one. */
    private static final double MOST = 0.9;

    private static final int SHOWN = 10;

    private ImageClasses() {}

    /**
     * The model's class for each of the data's: of the same name, up to case, spaces, {@code _} and {@code -}. Two long
     * lists that agree nearly everywhere are one, as ImageNet-1k on the hub has other words for the model's two classes that
     * are called crane.
     *
     * @param where the data are, for messages
     * @throws UserError if the data have a class that the model doesn't, or two that the model has as one
     */
    static int[] match(List<String> ofData, List<String> ofModel, String where) {
        List<String> data = ofData.stream().map(ImageClasses::plain).toList();
        List<String> model = ofModel.stream().map(ImageClasses::plain).toList();
        boolean oneList = data.size() == model.size()
                && data.size() >= MANY
                && IntStream.range(0, data.size())
                                .filter(i -> data.get(i).equals(model.get(i)))
                                .count()
                        >= MOST * data.size();
        if (oneList) {
            return IntStream.range(0, model.size()).toArray();
        }
        int[] classes = new int[data.size()];
        Map<Integer, String> taken = new HashMap<>();
        for (int i = 0; i < classes.length; i++) {
            classes[i] = place(ofData.get(i), data.get(i), ofModel, model);
            if (classes[i] < 0) {
                throw unknown(ofData, data, ofModel, model, where);
            }
            String other = taken.put(classes[i], ofData.get(i));
            if (other != null) {
                throw new UserError(where + " has the classes '" + other + "' and '" + ofData.get(i)
                        + "', which the model has as one: '" + ofModel.get(classes[i]) + "'");
            }
        }
        return classes;
    }

    /** A name as it stands comes first: a model may tell classes apart by their case. */
    private static int place(String name, String plain, List<String> ofModel, List<String> model) {
        int asItStands = ofModel.indexOf(name);
        if (asItStands >= 0) {
            return asItStands;
        }
        int place = model.indexOf(plain);
        return place == model.lastIndexOf(plain) ? place : -1; // of two that are meant alike, neither
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[\\s_-]+", "");
    }

    private static UserError unknown(
            List<String> ofData, List<String> data, List<String> ofModel, List<String> model, String where) {
        List<String> unknown = IntStream.range(0, data.size())
                .filter(i -> place(ofData.get(i), data.get(i), ofModel, model) < 0)
                .mapToObj(ofData::get)
                .toList();
        return new UserError(where + " has " + (unknown.size() == 1 ? "a class" : unknown.size() + " classes")
                + " that the model doesn't know: " + Counted.firstOf(unknown, SHOWN) + "; it knows "
                + Counted.firstOf(ofModel, SHOWN)
                + (ofModel.stream().allMatch(name -> name.matches("LABEL_\\d+"))
                        ? "; its config.json can name them, as id2label"
                        : ""));
    }
}
