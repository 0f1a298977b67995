"""Words that advertisements of every trade use, by which a sentence about something else is told.

From a public corpus of advertising copy (CC0): the words of four letters and more that three or
more of its 989 advertisements use, in small letters.
"""

_WORDS = """
ability able about above absolutely acceleration access accessories accomplish account accounts
accurate achieve achievement acres across action activated active activities actually added adding
addition adds adults advanced advantage adventure advice advocate affect afford affordable after
afternoon again against agent ahead airbags airline alcohol allergies allergy allow allows allure
almonds almost alone along already also always amazing amenities among amount ancient announce
annual another answer answers anti anymore anyone anything anytime anywhere apart appearance
appears applications apply appointment appointments appreciate approach approved area areas around
arrive arrived arrives arthritis asked assets assured atmosphere attention audio authentic auto
automatic automatically automobiles automotive available average avoiding award away baby back
bags baked baking balance balanced bang bank banking banks barbecue based bass beach beaches bears
beat beaten beautiful beauty because become becomes becoming beds beef been beer beers before
begin begins behind being believe believes benefit benefits best better between beyond bigger
biggest bill billing billion bills birth birthday bite black blades blend blood blow blue board
body bold bonus book born boss both bottle bottom bought bounce bouquet bowl boyfriend brake
brakes branch branches brand brands bread break breakfast breakthrough breast breath breeze brief
bright brimming bring bringing brings brochure broker brother brought brush bucks budget buick
build building builds built burgers business businesses buying cable call called calling calls
calorie calories came campaign campaigns cancer cannot capability capacity capital captivating
carb carbs card cards care career carefully cargo caring carries carry cars case cash casual catch
catching cause cell center century cereal certain certainly certified challenge chance change
changed changes changing channel channels chapter character charge charged check checking checks
cheese chicken child childhood children chocolate chocolates choice choices cholesterol choose
choosing chosen cities city civilization class classic clean cleaner cleans clear clearance
clearer click client clients climate climb clinically clock close closer clothes clutch coast
cocktails code coffee coffees cold collection college color combination combine combines come
comes comfort comfortable coming comment commercial commitment committed common community commute
companies company competitive complete completely complex complimentary comprehensive computer
computers computing condition conditioned conditioner conditioning conditions confidence connect
connected connection connects conservative consider consistently constantly construction contact
contain contains continue continued continues control controls convenience convenient conveniently
conventional conversation cooking cool copy corner cost costs could count counter counting
countless countries country counts courage course courteous cover coverage covered cozy craft
crazy cream creamy create created creates creating creative credit crew crisp critical crowd
crowds cruise crunchy cubic cuisine culture cultures cure current curves custom customer customers
customs cutting daily damage dancing data date daughter days dazzling deal dealer dealers
dealership deals decide decision decisions deck dedicated deep deeply defining definitely
definition degree delicate delicious deliciously delight deliver delivered delivering delivers
delivery demand department depend dependable depression depth desert deserve design designed
desire desk dessert destinations details develop developing development diagnosed diagnosis dial
diamond diet difference different difficult digital dining dinner directly dirt discount discounts
discover disease dish distance distinctive division doctor doctors dodge does dogs doing dollar
dollars domestic done door double down download dozens dramatic dramatically drank dream dreamed
dreams drenched dress dressing drink drinks drive driven driver drivers drives driving drop
drowsiness drowsy drug drugs dual during dust duty dynamic each early earn earned earth ease
easier easily easy eating economy edge education effective effects efficiency efficient effort
eight either election electric elegance elegant elements else email emergency emotional employees
ending ends endurance energy engine engineered engineering engines enhance enhanced enjoy enough
ensure enter entire entirely environment environmentally equal equipment equipped escape
especially essential estate even evening event ever every everybody everyday everyone everything
everywhere exactly excellent except exceptional excess exchange exciting exclusive executive
exercise exhilarating expect expectations expected expensive experience experienced experiences
expertise experts explore express exquisite extended extra extraordinary extreme extremely eyes
face facilities fact facts failing fair fall families family famous fantastic fashioned fast
faster fastest favorite favorites feature features featuring feed feel feeling feels fees feet
fell felt fiber field fight fighting fights figured fill filled filling finally finances financial
financing find finding fine fingertips finish fire firm first five fixed flat flavor flavors
flexible flies flights flow flower flowers focus focused folks following follows food foot
football force forest forests forever forget forgot form forms formula formulated forty forward
found four fragrance free freedom fresh freshly friend friendly friends from front frozen fruit
fuel full function functional fund funds furniture fuss future gallon game games garden garlic
generation generations genius gentle gently gets getting gift girl give gives giving glad glass
global gloss goals goes going gold golden golf gone gonna good goodness goods gorgeous gotta
government grade grain grams grand grandkids great greatest greatness green grill grilled ground
grow growing grown grows guarantee guaranteed guidance guide guys hair half hand handle handling
hands happen happening happens happier happy hard harder harmful harsh have having head headache
heads health healthcare healthier healthy hear hearing heart hearts heat heavy heck help helped
helping helps here hidden high higher highest highlights highway hiking historic history hold
holds holiday home homemade homes honest honesty honey hope horizon horse horsepower hospital
hospitals host hotel hotels hottest hour hours house huge human hundred hundreds hurry husband
hybrid idea ideal ideas identical imagination imagine impact important importantly impressive
improve improved improvements improving incentives inch include included includes including
incredible independent individual individuals industry info information ingredients innovation
innovative inside insight inspiration inspired install installation instant instantly instead
insurance integrity intense interest interesting interior international internet into introduces
introducing invest investing investment investor invite irresistible island islands isle issues
items itself jamesromick jobs join journey joys juice juicy just kayaking keep keeping keeps kept
kicking kids kind kinda kiss kitchen knew know knowing knowledge known knows label lack lakes land
large largest laser lashes last lasting lasts late lately later latest laugh lavender lawn lead
leader leaders leading leads lean learn learned learning lease least leave leaves leaving left
legacy legal lending less lessons lets letting level levels license lies life lifestyle lifetime
light lights lightweight like liked limit limited limits line lines lips lipstick liquid list
listen listening liter little live lived lives living loaded local located location locations lock
long longer look looked looking looks lose loss lost lotion lots loud love loved lower lowest luck
lunch luscious lush luxurious luxury lying machine machines made magazine magic magical mail
maintenance major majors make makes makeup making mall manage management managers managing manual
many market mascara match materials matter matters maximum maybe meal meals mean means meant media
medical medications medicine meet meeting meets member members membership memories memory mention
message metal middle might mild mile mileage miles milk mill million mind minerals minimum minivan
minor minute minutes miss missing mission mobile model models modern moisture moment moments money
month monthly months mood more morning most mostly mother motivated motor mountain mountains mouth
move movie movies moving much multiple muscle music must mutual myself name named names nation
national natural naturally nature near nearest nearly neck need needed needs neighborhood nestled
network never newest news next nice night nightmares nights nine ninety none nose note nothing
notice number numbers nurses nursing nutrition occasion occasional offer offering offers office
often oils older once ones ongoing online only open opened opening opportunities opportunity
optional options order ordinary organic organization organizations original other others ours
outside over owned owner owners ownership package packages page paid pain paper paperwork paradise
parent parents park part participating particular partners party pass passenger passengers passion
past pasta pastries path patient patients paying payment payments peace pedal people percent
perfect perfectly performance perfume person personal personalized pesto pharmacies pharmacist
phone phones photo piano pick pickup picture pictures piece pills pink pizza place places plain
plan planner planning plans plaque play player playful playing please pleasure plenty plump plus
point points policy politicians popular portfolio position positive possible post posted potential
pour powder power powered powerful practice practices prefer pregnant premium prepare prescription
pressure pretty prevent price prices pricing pride principles pristine private probably problem
problems process produce product production products professional professionals profile profit
program programs progress project projects promise promises proof property protect protecting
protection protective protein proud proven provide provided provides providing public puppy
purchase pure purpose qualified qualities quality quest questions quick quickly quiet quit quite
quote race racing radio rain raise raised raising range rare rate rated rates rather rating ratio
reach read reading ready real reality realized really rear reason reasonable reasons receive
recipe recognize recommended redesigned reds reduce reduced refer refreshing regular rejuvenating
related relationship relationships relax relaxing reliable relief relieves remarkable remember
remote removes renowned repair reported representative reputation require research reservations
residents resort resources respect response responsible rest restaurant restaurants restore result
results retire retirement return returns review revolution revolutionary rich ride right ring rise
risk road roads roasted robust rock rocket role roll rolling romance room rooms round rugged rules
running runs safe safer safety said salad salads sale sales same sandwich sandwiches satellite
satisfaction satisfied satisfy satisfying saturated sauce save saves saving savings savory saying
says scale scent schedules school schools science scope screen script search searching seas season
seasonal seasoned seat seating seats second seconds secret secure security sedan sedans seem seen
select selection self sell selling send sense sent separate series serious seriously serve server
service services serving sets setting settle seven seventy shades shadow shakes shampoo shape
shapes share shave shine shoes shop shopping shores short should show shown sick side sight sign
signature signs silk silky simple simpler simply since single sister site situation size sized
sizes skin sliced slide small smart smarter smell smile smooth smoother smoothness snack snorkel
snow social soft software sold solid solution solutions some somehow someone something sometimes
soon sooner sophisticated soul sound soup soups source space spacious sparkling special
specialists specialty specific spectacular speed spend spent spirit splash split sponsor sports
spot spray spread spring staff stake stand standard standards standing star stare stars start
started starting starts state states status stay staying stays steady steak steel steering step
steps stick still stock stocks stop stops store stores stories story straight strategy strawberry
street strength strike strips stroke strong stronger strongest struggle student students studies
study stuff stunning style styling substance succeed success successful such sudden suffering
sugar sultry summer sunny super superb supplement supplies support supposed sure surprise survival
suspension sweep sweet swings switch switched switching symptoms system systems table tacos
tactics tailored take taken takes taking talk talking taste tasted tastes tasting taxes teacher
teachers team teams tearing tech technologies technology teenager teeth television tell telling
tells term test tested than thanks that their them themselves then therapeutic therapy there these
they thick thing things think thinking thinks third thirty this those thought thoughts thousand
thousands three through throughout throw tickets time timeless timely times tiny tips tire tires
today together told toll tomato tomatoes tomorrow took tools toothpaste tortilla total totally
touch tour tours town track tracks traction tradition traditional traffic trained training
transform transmission transportation travel traveler travelers treasures treat treated treatment
treatments treats trees trial tried trip trips tropical truck trucks true truly trust trusted
truth trying tune turbo turn turned turns turquoise twelve twenty twice twin type types ugly
ultimate unbelievable under understand understanding unforgettable unfortunately unique unless
unlimited unmatched unsurpassed until upgrade upon used uses using vacation valuable value valued
values vans varieties variety vary vehicle vehicles very video view vision visit visitors vitamin
vitamins voice volume vote wait waiting wake walk want wanted wants warm warmth warning warranty
watch watching water waters wave waves ways wealth wear weather website websites week weekend
weeks weight welcome well went were west what whatever wheel wheels when whenever where wherever
whether which while whisky white whole whose wide wife wild wildlife will willing windows wine
wings winner winning winter wireless wish with within without woman women wonder wonderful wood
woods word words work worked working workouts works world worlds worldwide worry worst worth would
wrong year years young your yours yourself zero zone
"""

EVERYDAY_WORDS = frozenset(_WORDS.split())
"""The words, as they are written."""
