// Words that people make passwords of, in English and French, most of them from the top of every list of
// leaked passwords: keyboard runs, first names, teams, animals, affection, the word "password" itself.

export const commonWords: ReadonlySet<string> = new Set(
  `abc abcd abcde abcdef abcdefg abcdefgh abcdefghi access account adidas admin administrator adrian alex alexander
   alexandre alexis alice allison amanda amber amelie america amour anaconda andrea andrew angel angela anges
   anthony antoine apple april arnaud arsenal arthur asdf asdfg asdfgh asdfghjkl ashley asterix august austin autumn
   azerty azertyuiop baby babygirl badboy bailey banana bandit barcelona baseball basket basketball batman beach
   bear beautiful beauty benjamin bernard bienvenue bigdaddy billy biscuit bisou blabla black blackie blessed blink
   blue bonheur bonjour boomer booster boston brandon brasil bretagne brian brooklyn buddy bulldog buster butter
   butterfly calvin camaro camille canada caramel carlos caroline cartman casper catherine celine celtic champion change
   changeme charlie charlotte cheese chelsea cherry chester chicago chicken chloe chocolat chocolate chouchou
   chouette christian christine christopher claire claude clement coco coeur coffee computer concorde cookie cool
   cooper corvette cowboy cowboys coucou crystal daddy dakota dallas daniel danielle dauphin david dennis
   deutschland diablo diamond dick dolphin dolphins donald doudou dragon dream dreams eagle eagles easy edward elephant
   elizabeth emilie emma england erica eric etoile facebook falcon family famille ferrari fire fish florence florian flower
   flowers fluffy football forever forest france francois frank fred freddy freedom friend friends fuck fuckoff
   fuckyou gabriel gandalf garfield gateway george ginger goat gold golden goldfish golf good google grace green guest
   guillaume guitar gunner hacker hannah happy hardcore harley heart heather hello helloworld help hockey holiday home
   honda honey hope horses hunter hunting iceman iloveu iloveyou inter internet isabelle jackson james jasmine jason
   jasper jean jennifer jeremy jessica jesus jetaime john johnny jordan joseph joshua juillet julia julie julien junior
   justin karine katie kevin killer king kitten kitty knight lakers lapin laura laurent legend letmein liberte
   liberty life lion little liverpool login loulou love lovely lover loveyou lucky lucas madrid maggie magic maison maman
   manchester manon marie marina marine marley marlboro marseille martin martine master matrix matthew maverick maxime
   melanie melissa mercedes merlin metallica michael michel michele michelle mickey miller minecraft mobile moi money
   monique monkey monster morgan mother motdepasse motorola mountain music mustang mypass mypassword myspace naruto
   nascar natasha nathalie nathan nicholas nicolas nicole nintendo nirvana nothing november number office oceane oliver
   olivia olivier orange ordinateur packers panda panther papa papillon paris parola pascal pass passe passer passion
   passw passwd passwort password passwords patricia patrick paul peace peaches peanut penguin pepper petit philippe
   phoenix pierre pikachu pizza playboy player please pokemon porsche portugal power precious prince princess
   princesse private prout purple qazwsx qazwsxedc qsdfgh qwer qwert qwerty qwertyu qwertyui qwertyuiop qwertz
   rabbit rachel racing raiders rainbow ranger rangers raphael rebecca redsox remember richard robert rock rocky romain
   romance root rosebud roses russia saint samantha samsung samuel sandra sarah scooby scooter scorpion scorpio sebastien
   secret september serenity server sexy shadow shannon shelby sierra silver simon simple skippy slayer smile smokey
   snoopy snow soccer soleil sophie sparky spider spiderman spring star starwars stephane stephanie steve steven
   success sugar summer sun sunflower sunny sunshine super superman superstar superuser support supreme sweet sweety
   sylvie taylor teddy tennis test tester testing thailand thank thankyou the theo theking thierry thomas thunder tiger
   tigers tigger time tintin tous toto travis treasure trustnoi tucker turtle twitter united user valentin valerie
   vanessa vanille venus veronique victor victoria victory vincent viper virginie virus voyage wedding welcome whatever
   white william willow winner winter wizard wolf wolves woman wonder word world worship xavier yamaha yankees yellow yes
   you zaq zaqwsx zidane zouzou zxcv zxcvb zxcvbn zxcvbnm`.split(/\s+/),
)
