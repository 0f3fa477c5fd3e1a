package ffmerge.architecture;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.UserError;
import java.util.Map;
import java.util.Optional;

/**
 * What a forward pass asks a config for, in the pass's own words: {@code heads}, wherever the family keeps their number.
 * Messages name the config's key.
 */
public record Settings(ModelConfig config, Map<String, Setting> byName) {
    /** Whether the family's table has it. */
    public boolean knows(String name) {
        return byName.containsKey(name);
    }

    /** Whether the config, or the family for all its models, says something. */
    public boolean has(String name) {
        Setting setting = byName.get(name);
        return setting != null
                && (setting.keys().stream().anyMatch(config::has)
                        || !setting.absent().isMissingNode());
    }

    /** The key of the config that this is read from, or would be. */
    public String key(String name) {
        Setting setting = setting(name);
        return setting.keys().stream()
                .filter(config::has)
                .findFirst()
                .orElseGet(
                        () -> setting.keys().isEmpty() ? name : setting.keys().get(0));
    }

    /** @throws UserError if it is missing or not a positive whole number */
    public int size(String name) {
        return speaking(name).size(key(name));
    }

    /** @throws UserError if it is not a whole number of 0 or more */
    public int wholeNumber(String name) {
        double number = number(name, 0, Integer.MAX_VALUE);
        if (number != Math.rint(number)) {
            throw new UserError(config.source() + ": '" + key(name) + "' should be a whole number, is " + number);
        }
        return (int) number;
    }

    /**
     * One of the sizes that a list holds; a lone number stands for each of them.
     *
     * @throws UserError if it is missing or holds neither
     */
    public int sizeAt(String name, int index) {
        return speaking(name).sizeAt(key(name), index);
    }

    /** @throws UserError if it is not a number */
    public double number(String name) {
        return speaking(name).number(key(name), 0);
    }

    /** @throws UserError if it is not a number between bounds beyond which a config is damaged */
    public double number(String name, double least, double most) {
        return speaking(name).number(key(name), 0, least, most);
    }

    /** The number, or another one where neither config nor family says one. */
    public double number(String name, double absent) {
        return has(name) ? number(name) : absent;
    }

    /** @throws UserError if it is no probability below 1 */
    public double probability(String name) {
        double value = number(name);
        if (!(value >= 0 && value < 1)) {
            throw new UserError(config.source() + ": '" + key(name) + "' should be a probability below 1, is " + value);
        }
        return value;
    }

    /** The probability, or another one where neither config nor family says one. */
    public double probability(String name, double absent) {
        return has(name) ? probability(name) : absent;
    }

    /** @throws UserError if it is neither true nor false */
    public boolean flag(String name) {
        return speaking(name).flag(key(name), false);
    }

    /** What the config says, in the word that the family means by it. */
    public String text(String name) {
        String word = speaking(name).text(key(name), "");
        return setting(name).means().getOrDefault(word, word);
    }

    /** What the family means by a word that stands elsewhere than under a key of the setting. */
    public String meaning(String name, String word) {
        return knows(name) ? setting(name).means().getOrDefault(word, word) : word;
    }

    /** The word, or another one where neither config nor family says one. */
    public String text(String name, String absent) {
        return has(name) ? text(name) : absent;
    }

    /** The first object among those keys, if there is one with entries. */
    public Optional<ModelConfig> object(String name) {
        return setting(name).keys().stream()
                .map(config::object)
                .flatMap(Optional::stream)
                .findFirst();
    }

    /**
     * A token of the vocabulary.
     *
     * @throws UserError if it is missing or none
     */
    public int token(String name, int vocabulary) {
        String key = key(name);
        return config.wholeNumbers(key).stream()
                .findFirst()
                .filter(id -> id >= 0 && id < vocabulary)
                .orElseThrow(() -> new UserError(config.source() + ": '" + key
                        + "' should be a token of the vocabulary, is "
                        + (config.has(key) ? config.json().get(key) : "missing")));
    }

    private Setting setting(String name) {
        Setting setting = byName.get(name);
        if (setting == null) {
            throw new UserError("the table of the model_type '" + config.modelType() + "' has no setting '" + name
                    + "', which its forward pass asks for");
        }
        return setting;
    }

    /** The config where it holds the key, else one of what holds where it doesn't. */
    private ModelConfig speaking(String name) {
        Setting setting = setting(name);
        String key = key(name);
        if (config.has(key) || setting.absent().isMissingNode()) {
            return config;
        }
        ObjectNode absent = JsonNodeFactory.instance.objectNode();
        absent.set(key, setting.absent());
        return new ModelConfig(absent, config.source());
    }
}
